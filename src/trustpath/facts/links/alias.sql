-- One step of indirection from a name: CNAME, the CNAME that a DNAME synthesises (RFC 6672), and
-- a provider's address alias (ALIAS, ANAME: `flattened`). Zone data wins over live answers.
-- index: name; target
SELECT DISTINCT n.name, r.target, r.type AS kind, r.type NOT IN ('CNAME', 'DNAME') AS flattened
FROM node AS n
JOIN rdata AS r ON r.name = n.source AND r.zone = COALESCE(n.apex, r.zone)
WHERE r.type IN ('CNAME', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS') AND r.target IS NOT NULL
UNION
SELECT d.name, substr(d.name, 1, length(d.name) - length(r.name) - 1) || '.' || r.target, r.type, FALSE
FROM rdata AS r
JOIN domain AS d ON substr(d.name, -(length(r.name) + 1)) = '.' || r.name
WHERE r.type = 'DNAME' AND length(d.name) - length(r.name) + length(r.target) <= 253
UNION
SELECT a.owner, a.target, 'CNAME', FALSE
FROM answer_alias AS a
JOIN node AS n ON n.name = a.owner
WHERE NOT n.held AND n.source IS NULL
