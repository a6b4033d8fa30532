-- Who answers for a name, and how strictly it is judged. `owner` is the certificate half's owner
-- of the name: a name pattern, else the owner of its service, else record or zone pattern.
-- `record_owner` is the DNS half's: record pattern, else zone pattern. The tier is the service's,
-- else the estate's default.
-- index: name; service
SELECT n.name, v.service, s.environment, s.state AS service_state,
  COALESCE(n.name_owner, s.owner, n.record_owner, n.zone_owner) AS owner,
  COALESCE(n.record_owner, n.zone_owner) AS record_owner,
  n.certificate_owner,
  COALESCE(s.tier, o.default_tier, 'public') AS tier
FROM node AS n
LEFT JOIN service_of AS v ON v.name = n.name
LEFT JOIN service AS s ON s.id = v.service
LEFT JOIN organisation AS o ON TRUE
