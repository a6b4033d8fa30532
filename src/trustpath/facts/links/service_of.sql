-- The service that claims a name: by the exact name, else by a wildcard name of the service that
-- covers it one level deep.
-- index: name; service
SELECT name, MIN(service) AS service FROM (
  SELECT s.name, s.service FROM service_name AS s
  UNION
  SELECT d.name, s.service FROM service_name AS s
  JOIN domain AS d ON d.parent = s.base
  LEFT JOIN service_name AS own ON own.name = d.name
  WHERE s.wildcard AND own.name IS NULL
) AS claimed
GROUP BY name
