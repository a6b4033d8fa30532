-- What follows for a certificate from the instant of judging and from who holds it: live,
-- revoked, publicly trusted, its CA, its owner and tier, whether it is in the inventory (a copy is
-- stored, beyond having been served or logged), whether some endpoint serves it.
-- `publicly_trusted`: relying parties accept its path to a public root. `publicly_issued`: it is of a
-- public CA, accepted or not; falls back on what the estate says of the CA when no path could be built.
-- index: certificate; spki
SELECT c.fingerprint AS certificate, c.spki, c.not_before, c.not_after, c.lifetime, c.is_ca,
  c.not_after >= m.now AND c.not_before <= m.now AND COALESCE(r.revoked, 0) = 0 AS live,
  COALESCE(r.revoked, 0) = 1 AS revoked,
  p.publicly_trusted, COALESCE(p.publicly_issued, g.public) AS publicly_issued,
  p.privately_trusted,
  g.ca, o.owner,
  COALESCE(t.tier, d.default_tier, 'public') AS tier, COALESCE(o.tiers, 0) AS tiers,
  s.certificate IS NOT NULL AS stored,
  e.leaf IS NOT NULL AS served,
  COALESCE(f.name, c.subject) AS label
FROM certificate AS c
CROSS JOIN moment AS m
LEFT JOIN organisation AS d ON TRUE
LEFT JOIN (
  SELECT certificate, MAX(publicly_trusted) AS publicly_trusted, MAX(publicly_issued) AS publicly_issued,
    MAX(privately_trusted) AS privately_trusted
  FROM certificate_path GROUP BY certificate
) AS p ON p.certificate = c.fingerprint
LEFT JOIN certificate_ca AS g ON g.certificate = c.fingerprint
LEFT JOIN certificate_owner AS o ON o.certificate = c.fingerprint
LEFT JOIN tier_rank AS t ON t.rank = o.tier_rank
LEFT JOIN (
  SELECT c2.fingerprint, MAX(CASE WHEN v.status = 'revoked' THEN 1 ELSE 0 END) AS revoked
  FROM revocation AS v JOIN certificate AS c2 ON c2.serial = v.serial AND c2.issuer = v.issuer
  GROUP BY c2.fingerprint
) AS r ON r.fingerprint = c.fingerprint
LEFT JOIN (SELECT DISTINCT certificate FROM certificate_place) AS s ON s.certificate = c.fingerprint
LEFT JOIN (SELECT DISTINCT leaf FROM presentation) AS e ON e.leaf = c.fingerprint
LEFT JOIN (SELECT certificate, MIN(name) AS name FROM certificate_name GROUP BY certificate) AS f ON f.certificate = c.fingerprint
