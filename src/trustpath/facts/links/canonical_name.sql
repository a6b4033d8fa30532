-- Where CNAME and DNAME lead a name that has one (RFC 1034 3.6.2, RFC 6672): what a lookup of any
-- type follows. Provider aliases (ALIAS, ANAME) stand for addresses only and end the chain here,
-- unlike in `resolution`. `looped`: the chain has no end, so every lookup fails.
-- index: name
WITH RECURSIVE
plain AS (SELECT DISTINCT name FROM alias WHERE NOT flattened),
mixed AS (SELECT r.name FROM resolution AS r JOIN plain AS p ON p.name = r.name WHERE r.flattened OR r.looped),
walk(name, here, steps) AS (
  SELECT a.name, a.target, 1 FROM mixed AS m JOIN alias AS a ON a.name = m.name WHERE NOT a.flattened
  UNION
  SELECT w.name, a.target, w.steps + 1
  FROM walk AS w JOIN alias AS a ON a.name = w.here
  WHERE NOT a.flattened AND w.steps < 17
),
ended AS (
  SELECT w.name, MIN(w.here) AS final
  FROM walk AS w LEFT JOIN plain AS p ON p.name = w.here
  WHERE p.name IS NULL AND w.steps <= 16
  GROUP BY w.name
)
SELECT r.name, r.final, r.looped, r.final_source, r.final_held, r.final_present, r.final_apex
FROM resolution AS r JOIN plain AS p ON p.name = r.name
WHERE NOT r.flattened AND NOT r.looped
UNION ALL
SELECT m.name, e.final, e.final IS NULL, f.source, COALESCE(f.held, FALSE), f.present, f.apex
FROM mixed AS m
LEFT JOIN ended AS e ON e.name = m.name
LEFT JOIN node AS f ON f.name = e.final
