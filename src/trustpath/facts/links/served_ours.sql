-- Names of which every address is known and serves a certificate of our inventory for the name: both address
-- types were answered at every resolver that was asked about the name, or the end lies in a zone
-- that we hold, and no resolver and no look at endpoints is missing or too old.
-- index: name
WITH lost AS (
  SELECT DISTINCT name FROM answer
  WHERE type IN ('A', 'AAAA') AND (outcome NOT IN ('noerror', 'nodata', 'nxdomain') OR COALESCE(ede, 0) BETWEEN 15 AND 18)
),
asked AS (
  SELECT name, MIN(types) AS types FROM (
    SELECT name, vantage, COUNT(DISTINCT type) AS types FROM answer WHERE type IN ('A', 'AAAA') GROUP BY name, vantage
  ) AS each_vantage GROUP BY name
),
seen AS (
  SELECT name, MIN(CASE WHEN covered AND stored THEN 1 ELSE 0 END) AS ours, COUNT(DISTINCT address_key) AS addresses
  FROM scope_binding GROUP BY name
)
SELECT b.name
FROM seen AS b
JOIN name_resolution AS r ON r.name = b.name AND r.addresses = b.addresses
CROSS JOIN (
  SELECT COALESCE(MIN(CASE WHEN fresh THEN 1 ELSE 0 END), 1) AS heard FROM part WHERE kind IN ('resolve', 'endpoints')
) AS p
LEFT JOIN lost AS l ON l.name = b.name
LEFT JOIN asked AS a ON a.name = b.name
WHERE b.ours = 1 AND p.heard = 1 AND (r.final_held OR (l.name IS NULL AND a.types = 2))
