-- may: obtain
-- kind: CAA
-- ends by: publish CAA
SELECT 'any CA: no CAA record restricts it', CAST(NULL AS BIGINT), CAST(NULL AS TEXT), FALSE, v.known
FROM caa_relevant AS v
LEFT JOIN caa_policy AS p ON p.owner = v.owner AND NOT p.wildcard
WHERE v.name = {name} AND NOT COALESCE(p.restricted OR p.blocked, FALSE)
