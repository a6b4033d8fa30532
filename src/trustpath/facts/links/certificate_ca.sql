-- The estate's CA that issued a certificate, by whole issuer name, else by issuer organisation. Where
-- several CAs go by the same one, `ca` is NULL: any of them may be it. `public` is what they agree on.
-- index: certificate
WITH match AS (
  SELECT c.fingerprint AS certificate, i.ca, a.public, CASE WHEN i.kind = 'dn' THEN 0 ELSE 1 END AS far
  FROM certificate AS c
  JOIN ca_issuer AS i ON (i.kind = 'organisation' AND i.value = c.issuer_organisation)
    OR (i.kind = 'dn' AND i.value = c.issuer)
  LEFT JOIN ca AS a ON a.id = i.ca
),
nearest AS (SELECT certificate, MIN(far) AS far FROM match GROUP BY certificate)
SELECT m.certificate, CASE WHEN MIN(m.ca) = MAX(m.ca) THEN MIN(m.ca) END AS ca,
  CASE WHEN COUNT(m.public) = COUNT(*) AND MIN(m.public) = MAX(m.public) THEN MIN(m.public) END AS public
FROM match AS m JOIN nearest AS n ON n.certificate = m.certificate AND n.far = m.far
GROUP BY m.certificate
