-- The estate's CA that issued a certificate, by issuer organisation or whole issuer name.
-- index: certificate
SELECT c.fingerprint AS certificate, MIN(i.ca) AS ca
FROM certificate AS c
JOIN ca_issuer AS i ON (i.kind = 'organisation' AND i.value = c.issuer_organisation)
  OR (i.kind = 'dn' AND i.value = c.issuer)
GROUP BY c.fingerprint
