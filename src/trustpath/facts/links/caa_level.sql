-- What a CAA lookup at each name gives: `owner` where an RRset is found; `doubt` = 1 where it
-- cannot be known (the name, or the end of its alias chain, lies where we do not see, or the chain
-- has no end). Live answers that found nothing count only for an alias in a zone that we hold, and
-- only while every source of zones speaks: a silent one may hold the set that they did not see.
-- index: name
SELECT n.name, MIN(f.owner) AS owner,
  MAX(CASE
    WHEN f.owner IS NOT NULL THEN 0
    WHEN a.empty = 1 AND n.apex IS NOT NULL AND n.cut IS NULL AND w.loud THEN 0
    WHEN s.name IS NOT NULL THEN 0
    WHEN n.held AND k.name IS NULL THEN 0
    WHEN k.name IS NOT NULL AND NOT k.looped AND (k.final_held OR (k.final_present = FALSE AND n.apex IS NOT NULL AND n.cut IS NULL AND w.loud)) THEN 0
    ELSE 1 END) AS doubt
FROM node AS n
CROSS JOIN (
  SELECT COALESCE(MIN(CASE WHEN fresh AND coverage = 'full' THEN 1 ELSE 0 END), 0) = 1 AS loud FROM part
  WHERE kind NOT IN ('estate', 'backstage', 'csv', 'certificates', 'endpoints', 'resolve', 'ct')
) AS w
LEFT JOIN caa_at AS f ON f.name = n.name
LEFT JOIN canonical_name AS k ON k.name = n.name
LEFT JOIN zone_suffix AS s ON s.name = n.name
LEFT JOIN (
  SELECT name, MIN(CASE WHEN outcome IN ('nodata', 'nxdomain') THEN 1 ELSE 0 END) AS empty
  FROM answer WHERE type = 'CAA' AND COALESCE(ede, 0) NOT BETWEEN 15 AND 18 GROUP BY name
) AS a ON a.name = n.name
GROUP BY n.name
