-- id: BIND-018
-- title: Resolvers give other answers than the zone
-- says: Resolvers answer for {subject} what its zone does not hold: {answer}.
-- subject: name in a zone that we hold
-- severity: public=critical partner=high internal=medium workload=low
-- gate: observe
-- inputs: Z V
-- source: standards G.4; RFC 1034 4.2.2 and 5.3
-- csf: DE.CM-01, DE.CM-06, ID.AM-03
-- missing: resolution
-- remediation: Compare the delegation at the registry with your name servers, and the answers of those servers with the
--   zone; whoever answers instead of you can have certificates issued, so search the logs as well.
-- Addresses, name servers and mail hosts that a resolver gives and the zone does not: the registrar's
-- account, a name server, a cache or a route is in other hands. Not strange are addresses in declared
-- networks and at declared endpoints, and dynamic names. Whatever left the zone within a day may still
-- be cached, and a name that is an alias here may be flattened on its way: unknown. That resolvers agree
-- can be said only when none that is asked is silent.
WITH RECURSIVE
answered AS (
  SELECT r.name, r.type, r.vantage, COALESCE(r.address, r.target) AS place, r.address_key
  FROM answer_rdata AS r
  JOIN answer AS a ON a.vantage = r.vantage AND a.name = r.name AND a.type = r.type
  WHERE a.kind = 'recursive' AND a.outcome = 'noerror' AND a.final = a.name
    AND COALESCE(a.ede, 0) NOT BETWEEN 15 AND 18 AND r.type IN ('A', 'AAAA', 'MX', 'NS')
),
asked AS (SELECT DISTINCT name FROM answered),
climb(name, here) AS (
  SELECT name, name FROM asked
  UNION
  SELECT name, substr(here, instr(here, '.') + 1) FROM climb WHERE instr(here, '.') > 0
),
loose AS (
  SELECT DISTINCT c.name FROM climb AS c JOIN dynamic_name AS y ON y.base = c.here
  UNION SELECT name FROM dynamic_record
),
zoned AS (
  SELECT DISTINCT zone, name, type, COALESCE(address, target) AS place FROM rdata WHERE type IN ('A', 'AAAA', 'MX', 'NS')
),
lent AS (
  SELECT DISTINCT name FROM rdata WHERE type IN ('CNAME', 'DNAME', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS')
),
former AS (
  SELECT DISTINCT h.name, h.type, CASE WHEN h.type IN ('A', 'AAAA') THEN h.rdata END AS place
  FROM rdata_history AS h CROSS JOIN moment AS m
  WHERE h.gone_at IS NOT NULL AND h.gone_at > m.now - 86400 AND h.type IN ('A', 'AAAA', 'MX', 'NS')
),
ours AS (
  SELECT low, high FROM network
  UNION SELECT low, high FROM service_network
  UNION SELECT address_key, address_key FROM service_endpoint
),
inside AS (
  SELECT DISTINCT a.address_key FROM answered AS a JOIN ours AS o ON a.address_key >= o.low AND a.address_key <= o.high
),
compared AS (
  SELECT a.name, a.type, a.place, a.vantage,
    CASE
      WHEN z.place IS NOT NULL OR i.address_key IS NOT NULL THEN 1
      WHEN l.name IS NULL AND f.name IS NULL THEN 0
    END AS fits
  FROM answered AS a
  JOIN node AS n ON n.name = a.name AND n.held
  LEFT JOIN zoned AS z ON z.zone = n.apex AND z.name = n.source AND z.type = a.type AND z.place = a.place
  LEFT JOIN inside AS i ON i.address_key = a.address_key
  LEFT JOIN lent AS l ON l.name = n.source
  LEFT JOIN former AS f ON f.name = n.source AND f.type = a.type AND (f.place IS NULL OR f.place = a.place)
)
SELECT c.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(c.fits) = 0 THEN FALSE WHEN COUNT(c.fits) = COUNT(*) AND MIN(p.heard) = 1 THEN TRUE END AS holds,
  MIN(CASE WHEN c.fits = 0 THEN c.type || ' ' || c.place || ' at ' || c.vantage END) AS answer,
  MIN(CASE WHEN c.fits = 0 THEN c.type END) AS type, MIN(CASE WHEN c.fits = 0 THEN c.place END) AS place,
  MIN(CASE WHEN c.fits = 0 THEN c.vantage END) AS vantage, COUNT(DISTINCT c.vantage) AS vantages,
  CASE WHEN MIN(p.heard) = 0 THEN 'resolution' ELSE 'history' END AS missing
FROM compared AS c
CROSS JOIN (SELECT COALESCE(MIN(CASE WHEN fresh THEN 1 ELSE 0 END), 1) AS heard FROM part WHERE kind = 'resolve') AS p
JOIN name_owner AS o ON o.name = c.name
LEFT JOIN loose AS d ON d.name = c.name
WHERE d.name IS NULL
GROUP BY c.name, o.tier, o.record_owner
