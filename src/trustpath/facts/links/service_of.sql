-- The service that claims a name: by the exact name, else by a wildcard name of the service that
-- covers it one level deep. Of several that claim it, the one of the strictest tier.
-- index: name; service
WITH claimed AS (
  SELECT c.name, c.service, k.rank
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
strictest AS (SELECT name, MIN(rank) AS rank FROM claimed GROUP BY name)
SELECT c.name, MIN(c.service) AS service
FROM claimed AS c JOIN strictest AS s ON s.name = c.name AND s.rank = c.rank
GROUP BY c.name
