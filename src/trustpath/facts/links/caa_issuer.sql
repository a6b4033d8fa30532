-- The issuers that a CAA RRset permits, by the domain names that stand in it, for host and
-- wildcard requests; whether the estate knows the CA or not (RFC 8659 sections 4.2 and 4.3).
-- index: owner, wildcard
SELECT DISTINCT p.owner, p.wildcard, c.issuer
FROM caa_policy AS p
JOIN caa_record AS c ON c.name = p.owner AND c.tag = p.tag
WHERE c.well_formed AND c.issuer <> '' AND NOT p.blocked
