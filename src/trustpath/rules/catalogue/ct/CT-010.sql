-- id: CT-010
-- title: Many certificates for the same names
-- says: {certificates} certificates for {subject} were issued within seven days; policy expects at most
--   {allowed}.
-- subject: set of names, by its first name and size
-- severity: public=medium partner=medium internal=low workload=-
-- gate: observe
-- inputs: T K
-- source: catalogue F.CT; standards D.9
-- csf: DE.AE-02, PR.IR-04
-- missing: complete
-- remediation: Find the client that orders in a loop.
-- Counted over the last seven days are certificates with exactly the same names; precertificate and
-- certificate, and copies in several logs, are one. Sets are compared name by name among those of
-- equal size with the same first and last name. That there were no more can be said only when the
-- logs are claimed to be complete.
WITH recent AS (
  SELECT DISTINCT c.id, n.name FROM scope_ct_certificate AS c
  JOIN scope_ct_name AS n ON n.serial = c.serial AND n.issuer_organisation = c.issuer_organisation
  CROSS JOIN moment AS m
  WHERE c.logged_at > m.now - 604800 AND c.logged_at <= m.now
),
shape AS (
  SELECT id, COUNT(*) AS size, MIN(name) AS low, MAX(name) AS high FROM recent GROUP BY id
),
pair AS (
  SELECT a.id, b.id AS other, a.size
  FROM shape AS a
  JOIN shape AS b ON b.low = a.low AND b.high = a.high AND b.size = a.size
  JOIN recent AS x ON x.id = a.id
  JOIN recent AS y ON y.id = b.id AND y.name = x.name
  GROUP BY a.id, b.id, a.size
  HAVING COUNT(*) = a.size
),
counted AS (SELECT id, COUNT(*) AS alike FROM pair GROUP BY id)
SELECT s.low || CASE WHEN s.size > 1 THEN ' and ' || (s.size - 1) || ' more' ELSE '' END AS subject,
  t.tier, MIN(c.owner) AS owner,
  CASE WHEN MAX(k.alike) > MIN(p.issuance_burst) THEN FALSE WHEN MAX(w.closed) AND COUNT(p.issuance_burst) > 0 THEN TRUE END AS holds,
  MAX(k.alike) AS certificates, MIN(p.issuance_burst) AS allowed, MIN(c.issuer) AS issuer,
  CASE WHEN COUNT(p.issuance_burst) = 0 THEN 'policy' ELSE 'complete' END AS missing
FROM shape AS s
JOIN counted AS k ON k.id = s.id
JOIN scope_ct_certificate AS c ON c.id = s.id
JOIN (
  SELECT s2.low, s2.size, MIN(r.rank) AS rank FROM shape AS s2
  JOIN scope_ct_certificate AS c2 ON c2.id = s2.id JOIN tier_rank AS r ON r.tier = c2.tier GROUP BY s2.low, s2.size
) AS strictest ON strictest.low = s.low AND strictest.size = s.size
JOIN tier_rank AS t ON t.rank = strictest.rank
LEFT JOIN judged_policy AS p ON p.tier = t.tier
LEFT JOIN closed AS w ON w.kind = 'ct'
GROUP BY s.low, s.size, t.tier
