-- id: OWN-003
-- title: Certificate and record have different owners
-- says: {certificate_owner} answers for the certificate of {subject} and {record_owner} for its DNS record, and
--   the two have no agreement.
-- subject: name with a live certificate
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: C Z O
-- source: catalogue F.OWN
-- csf: GV.RR-02, GV.OC-02
-- missing: ownership
-- remediation: Record an agreement of the two owners (agreements) that says who approves on each side.
-- Names in zones that we hold of which at least one half has an owner. The certificate's half belongs to
-- whoever a pattern or the service names; the record's half to the record's or zone's pattern.
WITH pair AS (
  SELECT n.base, n.name, n.tier, n.claim, n.record_owner, COUNT(*) AS certificates, MIN(n.certificate) AS certificate
  FROM scope_certificate_name AS n
  WHERE n.live AND (n.stored OR n.served) AND n.usable AND n.apex IS NOT NULL AND n.cut IS NULL
    AND (n.claim IS NOT NULL OR n.record_owner IS NOT NULL)
  GROUP BY n.base, n.name, n.tier, n.claim, n.record_owner
)
SELECT p.name AS subject, p.tier, p.claim AS owner,
  CASE
    WHEN p.claim <> p.record_owner AND a.name IS NULL THEN FALSE
    WHEN d.whole AND p.claim IS NOT NULL AND p.record_owner IS NOT NULL THEN TRUE
  END AS holds,
  p.claim AS certificate_owner, p.record_owner, p.certificates, p.certificate, a.name IS NOT NULL AS agreed
FROM pair AS p
CROSS JOIN declared AS d
LEFT JOIN agreed AS a ON a.name = p.base AND a.owner = p.claim AND a.other = p.record_owner
