-- The issuers that a CAA RRset permits, by the domain names that stand in it, for host and
-- wildcard requests; whether the estate knows the CA or not (RFC 8659 sections 4.2 and 4.3). `sure` = 0:
-- not every CA reads it so.
-- index: owner, wildcard
SELECT p.owner, p.wildcard, c.issuer, MAX(CASE WHEN c.doubt IS NULL AND p.doubt IS NULL THEN 1 ELSE 0 END) AS sure
FROM caa_policy AS p
JOIN caa_record AS c ON c.name = p.owner AND c.tag = p.tag
WHERE (c.well_formed OR c.doubt IS NOT NULL) AND c.issuer <> '' AND NOT p.blocked
GROUP BY p.owner, p.wildcard, c.issuer
