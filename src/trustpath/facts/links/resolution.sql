-- Where the alias chain of a name ends. `steps` is the number of aliases followed; a chain that
-- does not end within 16 steps is `looped` and has no final name (resolvers give up as well).
-- `final_present` is three-valued as in node; `flattened` says that a step was a provider alias.
-- index: name; final
WITH RECURSIVE walk(name, here, steps, flattened) AS (
  SELECT name, target, 1, CASE WHEN flattened THEN 1 ELSE 0 END FROM alias
  UNION
  SELECT w.name, a.target, w.steps + 1, CASE WHEN a.flattened THEN 1 ELSE w.flattened END
  FROM walk AS w JOIN alias AS a ON a.name = w.here
  WHERE w.steps < 17
),
ended AS (
  SELECT w.name, MIN(w.here) AS final, MIN(w.steps) AS steps, MAX(w.flattened) AS flattened
  FROM walk AS w
  LEFT JOIN (SELECT DISTINCT name FROM alias) AS a ON a.name = w.here
  WHERE a.name IS NULL AND w.steps <= 16
  GROUP BY w.name
),
chain AS (
  SELECT s.name, e.final, COALESCE(e.steps, 17) AS steps, COALESCE(e.flattened, 0) AS flattened, e.final IS NULL AS looped
  FROM (SELECT DISTINCT name FROM alias) AS s
  LEFT JOIN ended AS e ON e.name = s.name
)
SELECT n.name, n.name AS final, 0 AS steps, FALSE AS flattened, FALSE AS looped, n.present AS final_present,
  n.source AS final_source, n.held AS final_held, n.apex AS final_apex
FROM node AS n LEFT JOIN chain AS c ON c.name = n.name
WHERE c.name IS NULL
UNION ALL
SELECT c.name, c.final, c.steps, c.flattened = 1, c.looped, CASE WHEN c.looped THEN FALSE ELSE f.present END,
  f.source, COALESCE(f.held, FALSE), f.apex
FROM chain AS c LEFT JOIN node AS f ON f.name = c.final
