-- id: DNSSEC-007
-- title: NSEC3 with iterations or salt
-- says: NSEC3 of the zone {subject} should have neither iterations nor salt (iterations: {iterations}[, salt:
--   {salt}]).
-- subject: zone
-- severity: public=low partner=low internal=low workload=low
-- gate: gate
-- inputs: Z
-- source: catalogue F.DNSSEC; RFC 9276 3.1
-- csf: PR.PS-01
-- missing: zones
-- remediation: Set the NSEC3 iterations to 0 and leave the salt empty.
-- A signed zone that we hold in full and that has no NSEC3PARAM uses NSEC, where nothing can be wrong.
SELECT z.apex AS subject, z.tier, z.owner,
  CASE WHEN p.wrong = 1 THEN FALSE WHEN p.wrong = 0 OR z.whole THEN TRUE END AS holds,
  p.iterations, NULLIF(p.salt, '') AS salt
FROM scope_zone AS z
LEFT JOIN (
  SELECT name, MAX(CASE WHEN iterations > 0 OR salt <> '' THEN 1 ELSE 0 END) AS wrong, MAX(iterations) AS iterations, MAX(salt) AS salt
  FROM nsec3param GROUP BY name
) AS p ON p.name = z.apex
WHERE z.signed OR p.name IS NOT NULL
