-- id: BIND-018
-- title: Resolvers give other answers than the zone
-- says: [Resolvers answer for {subject} what its zone does not hold: {answer}.][Resolvers say that {subject} {absence}; its
--   zone has it.]
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
-- be cached, and a name that is an alias here may be flattened on its way: unknown. So is an answer that a
-- name of ours does not exist, or has no such record, where the record came within a day and the older answer may
-- be cached, or where the zone has copies that are not for the world. That resolvers agree can be said only when
-- none that is asked is silent.
WITH RECURSIVE
answered AS (
  SELECT r.name, r.type, r.vantage, COALESCE(r.address, r.target) AS place, r.address_key
  FROM answer_rdata AS r
  JOIN answer AS a ON a.vantage = r.vantage AND a.name = r.name AND a.type = r.type
  WHERE a.kind = 'recursive' AND a.outcome = 'noerror' AND a.final = a.name
    AND COALESCE(a.ede, 0) NOT BETWEEN 15 AND 18 AND r.type IN ('A', 'AAAA', 'MX', 'NS')
),
denied AS (
  SELECT name, type, vantage, outcome FROM answer
  WHERE kind = 'recursive' AND outcome IN ('nxdomain', 'nodata') AND final = name
    AND COALESCE(ede, 0) NOT BETWEEN 15 AND 18 AND type IN ('A', 'AAAA', 'MX', 'NS')
),
asked AS (SELECT name FROM answered UNION SELECT name FROM denied),
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
held AS (
  SELECT r.zone, r.name, r.type, MAX(CASE WHEN h.first_seen > m.now - 86400 AND w.first_seen < h.first_seen THEN 1 ELSE 0 END) AS young
  FROM rrset AS r
  CROSS JOIN moment AS m
  LEFT JOIN rrset_history AS h ON h.name = r.name AND h.type = r.type AND h.gone_at IS NULL
  LEFT JOIN (SELECT name, MIN(first_seen) AS first_seen FROM rrset_history GROUP BY name) AS w ON w.name = r.zone
  WHERE r.type IN ('A', 'AAAA', 'MX', 'NS', 'CNAME')
  GROUP BY r.zone, r.name, r.type
),
inner_view AS (
  SELECT DISTINCT z.apex FROM zone_part AS z JOIN part AS p ON p.source = z.source AND p.name = z.part
  WHERE p.view NOT IN ('', 'public', 'external', 'internet', 'default')
),
compared AS (
  SELECT d.name, d.type, CAST(NULL AS TEXT) AS place, d.vantage, d.outcome,
    CASE WHEN MAX(h.young) = 0 AND v.apex IS NULL AND (d.outcome = 'nxdomain' OR MAX(CASE WHEN h.type = d.type THEN 1 END) = 1) THEN 0 END AS fits
  FROM denied AS d
  JOIN node AS n ON n.name = d.name AND n.held
  JOIN held AS h ON h.zone = n.apex AND h.name = n.source AND (h.type IN (d.type, 'CNAME') OR d.outcome = 'nxdomain')
  LEFT JOIN inner_view AS v ON v.apex = n.apex
  GROUP BY d.name, d.type, d.vantage, d.outcome, v.apex
  UNION ALL
  SELECT a.name, a.type, a.place, a.vantage, CAST(NULL AS TEXT),
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
  CASE
    WHEN COUNT(CASE WHEN c.fits = 0 THEN c.place END) > 0 THEN NULL
    WHEN MAX(CASE WHEN c.fits = 0 THEN c.outcome END) = 'nxdomain' THEN 'does not exist'
    WHEN MIN(CASE WHEN c.fits = 0 THEN c.outcome END) = 'nodata' THEN 'has no ' || MIN(CASE WHEN c.fits = 0 THEN c.type END)
  END AS absence,
  MIN(CASE WHEN c.fits = 0 THEN c.type END) AS type, MIN(CASE WHEN c.fits = 0 THEN c.place END) AS place,
  MIN(CASE WHEN c.fits = 0 THEN c.vantage END) AS vantage, COUNT(DISTINCT c.vantage) AS vantages,
  CASE WHEN MIN(p.heard) = 0 THEN 'resolution' ELSE 'history' END AS missing
FROM compared AS c
CROSS JOIN (SELECT COALESCE(MIN(CASE WHEN fresh THEN 1 ELSE 0 END), 1) AS heard FROM part WHERE kind = 'resolve') AS p
JOIN name_owner AS o ON o.name = c.name
LEFT JOIN loose AS d ON d.name = c.name
WHERE d.name IS NULL
GROUP BY c.name, o.tier, o.record_owner
