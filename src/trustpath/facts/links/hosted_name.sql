-- Aliases that pass or end at a service where a name is left to the next customer (hosting_suffix): by
-- name one such target, the service, and whether the estate vouches for the target (`vouched`: a
-- provider or a suffix that it declares, or a domain of its own). `present` is FALSE where the target
-- is known not to exist.
-- index: name
WITH nearest AS (
  SELECT c.name AS target, MIN(c.up) AS up FROM outside_climb AS c JOIN hosting_suffix AS s ON s.suffix = c.here
  WHERE c.up > 0 OR s.shared GROUP BY c.name
),
hosted AS (
  SELECT l.name, MIN(l.target) AS target FROM lent_name AS l JOIN nearest AS n ON n.target = l.target
  WHERE l.kind = 'alias' GROUP BY l.name
)
SELECT h.name, h.target, s.suffix, s.provider, s.claim, s.tells, s.shared, v.name IS NOT NULL AS vouched, t.present
FROM hosted AS h
JOIN nearest AS n ON n.target = h.target
JOIN outside_climb AS c ON c.name = h.target AND c.up = n.up
JOIN (
  SELECT suffix, MIN(provider) AS provider, MIN(claim) AS claim, MIN(tells) AS tells, MAX(CASE WHEN shared THEN 1 ELSE 0 END) = 1 AS shared
  FROM hosting_suffix GROUP BY suffix
) AS s ON s.suffix = c.here
LEFT JOIN node AS t ON t.name = h.target
LEFT JOIN (SELECT DISTINCT name FROM approved_target) AS v ON v.name = h.target
