-- Names at which a CAA lookup finds an RRset: their own, or the one at the end of their alias
-- chain (RFC 8659 section 3: the lookup follows aliases, the climb does not). `owner` is where it is.
-- index: name
SELECT DISTINCT n.name, c.name AS owner, n.name <> c.name AS through_alias
FROM caa AS c JOIN node AS n ON n.source = c.name
LEFT JOIN (SELECT DISTINCT name FROM alias WHERE NOT flattened) AS a ON a.name = n.name
WHERE a.name IS NULL
UNION
SELECT r.name, c.name, TRUE
FROM resolution AS r
JOIN (SELECT DISTINCT name FROM alias WHERE NOT flattened) AS a ON a.name = r.name
JOIN (SELECT DISTINCT name FROM caa) AS c ON c.name = r.final_source
