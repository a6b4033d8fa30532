-- Each well-formed property that names a CA of the estate, for host and wildcard requests. A NULL
-- accounturi or no methods means that the property does not restrict them (RFC 8657).
-- index: owner, wildcard, ca
SELECT DISTINCT p.owner, p.wildcard, i.ca, c.value, c.accounturi, c.has_methods
FROM caa_policy AS p
JOIN caa_record AS c ON c.name = p.owner AND c.tag = p.tag
JOIN ca_identity AS i ON i.identity = c.issuer
WHERE c.well_formed AND NOT p.blocked
