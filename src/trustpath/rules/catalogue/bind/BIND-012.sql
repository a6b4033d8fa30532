-- id: BIND-012
-- title: Views differ in the certificate of a name
-- says: {subject} has different addresses in {views} views, and {fault}.
-- subject: name with different addresses in different views
-- severity: public=medium partner=medium internal=medium workload=low
-- gate: probe
-- inputs: Z E
-- source: catalogue F.BIND
-- csf: ID.AM-03, DE.AE-03
-- missing: endpoints
-- remediation: Make the views agree, or let each of its endpoints hold a certificate of the same kind for the name.
-- Views are those of zones that several sources give, and the vantages of resolvers. Certificates are
-- compared port by port: each must cover the name, and all end at a public root or none. That
-- there is no further view takes complete records.
WITH spot AS (
  SELECT d.name, 'view ' || z.view AS side, CASE WHEN d.type IN ('A', 'AAAA') THEN d.rdata END AS address
  FROM rdata_copy AS d JOIN zone_copy AS z ON z.part = d.part AND z.apex = d.zone AND z.chosen AND NOT d.occluded
  WHERE d.type IN ('A', 'AAAA', 'CNAME', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS') AND substr(d.name, 1, 1) NOT IN ('*', '_')
  UNION
  SELECT name, 'vantage ' || vantage, address FROM answer_rdata WHERE type IN ('A', 'AAAA') AND address IS NOT NULL
),
spread AS (SELECT name, address, COUNT(DISTINCT side) AS sides FROM spot GROUP BY name, address),
split AS (
  SELECT s.name, t.sides FROM spread AS s
  JOIN (SELECT name, COUNT(DISTINCT side) AS sides FROM spot GROUP BY name HAVING COUNT(DISTINCT side) > 1) AS t ON t.name = s.name
  GROUP BY s.name, t.sides
  HAVING MIN(s.sides) < t.sides
),
leaf AS (
  SELECT s.name, p.address, e.port, MIN(e.named) AS named, MIN(e.publicly_trusted) AS low, MAX(e.publicly_trusted) AS high,
    COUNT(e.named) AS seen, COUNT(e.publicly_trusted) AS classed
  FROM split AS s
  JOIN spread AS p ON p.name = s.name
  LEFT JOIN served AS e ON e.name = s.name AND e.address = p.address AND e.leaf IS NOT NULL
  GROUP BY s.name, p.address, e.port
),
class AS (
  SELECT name, port, CASE WHEN MIN(low) <> MAX(high) THEN 1 ELSE 0 END AS mixed FROM leaf WHERE port IS NOT NULL GROUP BY name, port
)
SELECT s.name AS subject, o.tier, o.owner,
  CASE
    WHEN MIN(l.named) = FALSE OR c.mixed = 1 THEN FALSE
    WHEN MIN(l.seen) > 0 AND MIN(l.classed) > 0 AND w.closed THEN TRUE
  END AS holds,
  CASE
    WHEN MIN(l.named) = FALSE THEN 'one of them serves a certificate that does not cover it'
    WHEN c.mixed = 1 THEN 'only some of them serve a publicly trusted certificate'
  END AS fault,
  s.sides AS views, COUNT(DISTINCT l.address) AS addresses, c.mixed = 1 AS different_class, MIN(l.named) AS all_cover_the_name,
  CASE WHEN COUNT(l.address) < COUNT(*) THEN 'resolution' WHEN MIN(l.seen) > 0 THEN 'complete' ELSE 'endpoints' END AS missing
FROM split AS s
JOIN leaf AS l ON l.name = s.name
JOIN name_owner AS o ON o.name = s.name
LEFT JOIN (SELECT name, MAX(mixed) AS mixed FROM class GROUP BY name) AS c ON c.name = s.name
LEFT JOIN closed AS w ON w.kind = 'records'
GROUP BY s.name, s.sides, o.tier, o.owner, c.mixed, w.closed
