-- The service that claims a wildcard name (`*.x`) as such, with what follows for certificates of it.
-- Its base `x` is another name, which may belong to somebody else.
-- index: name
SELECT c.name, c.service, s.owner, s.tier, s.state, s.environment
FROM (SELECT name, MIN(service) AS service FROM service_name WHERE wildcard GROUP BY name) AS c
JOIN service AS s ON s.id = c.service
