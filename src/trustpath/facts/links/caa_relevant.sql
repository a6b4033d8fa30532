-- The relevant CAA RRset of every name by tree climbing (RFC 8659 section 3): `owner` is where the
-- first non-empty set lies (NULL: none), `found_at` the level of the climb, `known` FALSE when a
-- level before it could not be looked up, so that nothing may be concluded.
-- index: name
WITH RECURSIVE
mark AS (SELECT DISTINCT parent AS name FROM domain),
down(name, owner, found_at, doubt) AS (
  SELECT CAST('' AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS TEXT), 0
  UNION ALL
  SELECT d.name, COALESCE(l.owner, p.owner), CASE WHEN l.owner IS NOT NULL THEN d.name ELSE p.found_at END,
    CASE WHEN l.owner IS NOT NULL THEN 0 WHEN l.doubt = 1 THEN 1 ELSE p.doubt END
  FROM down AS p
  JOIN domain AS d ON d.parent = p.name
  JOIN mark AS m ON m.name = d.name
  JOIN caa_level AS l ON l.name = d.name
)
SELECT name, owner, found_at, doubt = 0 AS known FROM down WHERE name <> ''
UNION ALL
SELECT d.name, COALESCE(l.owner, p.owner), CASE WHEN l.owner IS NOT NULL THEN d.name ELSE p.found_at END,
  CASE WHEN l.owner IS NOT NULL THEN 0 WHEN l.doubt = 1 THEN 1 ELSE p.doubt END = 0
FROM domain AS d
JOIN down AS p ON p.name = d.parent
JOIN caa_level AS l ON l.name = d.name
LEFT JOIN mark AS m ON m.name = d.name
WHERE m.name IS NULL
