-- Who runs a name outside the zones we hold, as far as the estate says: `own` when a domain that it
-- declares as its own lies above, else the provider with the nearest scope. `accepted` is TRUE for
-- what is ours or an approved provider's, FALSE for a provider that is not approved, and for nobody's
-- only where the declared providers are claimed to be all there are. NULL otherwise, and where the
-- declarations of one scope contradict each other.
-- index: name
WITH scope AS (
  SELECT c.name, c.up, s.provider, p.approved
  FROM outside_climb AS c
  JOIN provider_scope AS s ON s.base = c.here
  JOIN provider AS p ON p.id = s.provider
),
nearest AS (SELECT name, MIN(up) AS up FROM scope GROUP BY name)
SELECT t.name, w.name IS NOT NULL AS own, MIN(s.provider) AS provider,
  CASE
    WHEN w.name IS NOT NULL THEN TRUE
    WHEN COUNT(s.provider) > 0 THEN CASE WHEN MIN(s.approved) = MAX(s.approved) THEN MAX(s.approved) END
    WHEN k.closed THEN FALSE
  END AS accepted
FROM outside_climb AS t
LEFT JOIN closed AS k ON k.kind = 'providers'
LEFT JOIN (SELECT DISTINCT c.name FROM outside_climb AS c JOIN owned_domain AS o ON o.base = c.here) AS w ON w.name = t.name
LEFT JOIN nearest AS n ON n.name = t.name
LEFT JOIN scope AS s ON s.name = n.name AND s.up = n.up
WHERE t.up = 0
GROUP BY t.name, w.name, k.closed
