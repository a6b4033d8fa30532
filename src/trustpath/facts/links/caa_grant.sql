-- Each well-formed property that names a CA of the estate, for host and wildcard requests. A NULL
-- accounturi or no methods means that the property does not restrict them (RFC 8657). With a `doubt`
-- not every CA reads it as a grant.
-- index: owner, wildcard, ca
SELECT DISTINCT p.owner, p.wildcard, i.ca, c.value, c.accounturi, c.has_methods, COALESCE(c.doubt, p.doubt) AS doubt
FROM caa_policy AS p
JOIN caa_record AS c ON c.name = p.owner AND c.tag = p.tag
JOIN ca_identity AS i ON i.identity = c.issuer
WHERE (c.well_formed OR c.doubt IS NOT NULL) AND c.issuer <> '' AND NOT p.blocked
