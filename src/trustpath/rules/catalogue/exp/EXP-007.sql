-- id: EXP-007
-- title: Validity longer than the public maximum
-- says: The certificate {subject}, issued on {not_before}, is valid {excess_seconds} longer than the
--   {longest_lifetime} that public CAs may give.
-- subject: leaf certificate
-- severity: public=high partner=high internal=- workload=-
-- gate: gate
-- inputs: C
-- source: catalogue F.EXP; BR 6.3.2, SC-081v3
-- csf: GV.OC-03, ID.RA-01, PR.PS-01
-- nhi: NHI7:2025
-- missing: policy
-- remediation: Refuse the request; report an issued one to the CA and replace it.
-- The cap follows from the date of issue, so an old certificate is judged by the cap of its day.
-- Validity counts both ends (BR 1.6.1: a validity period is inclusive), hence lifetime = not_after -
-- not_before + 1 s. Whether a path ends at a public root decides whether the cap binds at all.
SELECT c.label || ' ' || c.certificate AS subject, c.tier, c.owner,
  CASE WHEN c.lifetime <= v.seconds THEN TRUE WHEN c.publicly_issued AND v.seconds IS NOT NULL THEN FALSE END AS holds,
  CASE WHEN v.seconds IS NULL THEN 'policy' ELSE 'roots' END AS missing,
  c.not_before, c.lifetime, v.seconds AS longest_lifetime, c.lifetime - v.seconds AS excess_seconds, c.ca
FROM scope_certificate AS c
LEFT JOIN validity_cap AS v ON c.not_before >= v.starts AND c.not_before < v.ends
WHERE c.live AND COALESCE(c.publicly_issued, TRUE)
