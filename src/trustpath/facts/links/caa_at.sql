-- Names at which a CAA lookup finds an RRset: their own, or the one at the end of their alias
-- chain (RFC 8659 section 3: the lookup follows aliases, the climb does not). `owner` is where it is.
-- index: name
SELECT DISTINCT n.name, c.name AS owner, FALSE AS through_alias
FROM caa_record AS c JOIN node AS n ON n.source = c.name
LEFT JOIN canonical_name AS a ON a.name = n.name
WHERE a.name IS NULL
UNION
SELECT k.name, c.name, TRUE
FROM canonical_name AS k
JOIN (SELECT DISTINCT name FROM caa_record) AS c ON c.name = k.final_source
