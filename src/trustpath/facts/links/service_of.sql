-- The service that claims a name: by the exact name, else by a wildcard name of the service that
-- covers it one level deep. Of several that claim it, those that are not retired count, and of these
-- the one of the strictest tier: the name is a retired service's only where all of them are.
-- index: name; service
WITH claimed AS (
  SELECT c.name, c.service, k.rank, CASE WHEN v.state = 'retired' THEN 1 ELSE 0 END AS past
  FROM (
    SELECT s.name, s.service FROM service_name AS s
    UNION
    SELECT d.name, s.service FROM service_name AS s
    JOIN domain AS d ON d.parent = s.base
    LEFT JOIN service_name AS own ON own.name = d.name
    WHERE s.wildcard AND own.name IS NULL
  ) AS c
  LEFT JOIN service AS v ON v.id = c.service
  LEFT JOIN organisation AS o ON TRUE
  JOIN tier_rank AS k ON k.tier = COALESCE(v.tier, o.default_tier, 'public')
),
used AS (SELECT name, MIN(past) AS past FROM claimed GROUP BY name),
strictest AS (
  SELECT c.name, c.past, MIN(c.rank) AS rank FROM claimed AS c JOIN used AS u ON u.name = c.name AND u.past = c.past GROUP BY c.name, c.past
)
SELECT c.name, MIN(c.service) AS service
FROM claimed AS c JOIN strictest AS s ON s.name = c.name AND s.past = c.past AND s.rank = c.rank
GROUP BY c.name
