-- Who runs a name that our records lead to, as far as the estate says. Two kinds of names have a row:
-- those outside the zones we hold (`outside`), and those in a zone of ours that is delegated from
-- another one. `own` when a domain that the estate declares as its own lies above, and no zone cut
-- between; else the provider with the nearest scope. `accepted` is TRUE for what is ours or an approved
-- provider's, FALSE for a provider that is not approved, and for nobody's only where the declared
-- providers are claimed to be all there are; NULL otherwise, and where the declarations of one scope
-- contradict each other. A name below a cut, of which the estate says nothing
-- itself, is in the hands of those who run the servers of the child: each server has to be in a zone
-- that we hold, or accepted; servers within the child tell nothing. `tenant` is the declared owner
-- of a name in a delegated zone, held or not.
-- index: name
WITH scope AS (
  SELECT c.name, c.up, s.provider, p.approved
  FROM outside_climb AS c
  JOIN provider_scope AS s ON s.base = c.here
  JOIN provider AS p ON p.id = s.provider
),
nearest AS (SELECT name, MIN(up) AS up FROM scope GROUP BY name),
said AS (
  SELECT t.name, t.cut, w.name IS NOT NULL AS own, MIN(s.provider) AS provider,
    CASE
      WHEN w.name IS NOT NULL THEN TRUE
      WHEN COUNT(s.provider) > 0 THEN CASE WHEN MIN(s.approved) = MAX(s.approved) THEN MAX(s.approved) END
      WHEN t.cut IS NULL AND k.closed THEN FALSE
    END AS accepted
  FROM outside_climb AS t
  LEFT JOIN closed AS k ON k.kind = 'providers'
  LEFT JOIN (SELECT DISTINCT c.name FROM outside_climb AS c JOIN owned_domain AS o ON o.base = c.here) AS w ON w.name = t.name
  LEFT JOIN nearest AS n ON n.name = t.name
  LEFT JOIN scope AS s ON s.name = n.name AND s.up = n.up
  WHERE t.up = 0
  GROUP BY t.name, t.cut, w.name, k.closed
),
child AS (
  SELECT r.name AS cut, MIN(s.provider) AS provider, COUNT(*) AS servers,
    COUNT(CASE WHEN s.accepted OR (n.apex IS NOT NULL AND n.cut IS NULL) THEN 1 END) AS good,
    COUNT(CASE WHEN s.accepted = FALSE THEN 1 END) AS bad
  FROM (SELECT DISTINCT cut FROM said WHERE cut IS NOT NULL) AS c
  JOIN rdata AS r ON r.name = c.cut AND r.type = 'NS'
  LEFT JOIN node AS n ON n.name = r.target
  LEFT JOIN said AS s ON s.name = r.target
  GROUP BY r.name
)
SELECT s.name, TRUE AS outside, s.own, COALESCE(s.provider, c.provider) AS provider,
  CASE
    WHEN s.accepted IS NOT NULL THEN s.accepted
    WHEN c.bad > 0 THEN FALSE
    WHEN c.good = c.servers THEN TRUE
  END AS accepted,
  CASE WHEN s.cut IS NOT NULL THEN COALESCE(n.record_owner, n.zone_owner) END AS tenant
FROM said AS s
JOIN node AS n ON n.name = s.name
LEFT JOIN child AS c ON c.cut = s.cut
UNION ALL
SELECT n.name, FALSE, TRUE, CAST(NULL AS TEXT), TRUE, COALESCE(n.record_owner, n.zone_owner)
FROM (SELECT target AS name FROM rdata WHERE target IS NOT NULL UNION SELECT target FROM alias) AS t
JOIN node AS n ON n.name = t.name AND n.apex IS NOT NULL AND n.cut IS NULL
JOIN domain AS u ON u.name = n.apex
JOIN node AS p ON p.name = u.parent AND p.apex IS NOT NULL
