-- id: DANGLE-011
-- title: New name servers not seen serving the zone
-- says: Change {change} leaves the zone {name} {fault}.
-- subject: change and zone
-- severity: public=critical partner=critical internal=high workload=medium
-- gate: gate
-- inputs: Z V
-- source: standards G.1 NS change; RFC 1034 4.2.2
-- csf: GV.SC-10, PR.IR-03, ID.RA-07
-- nhi: NHI3:2025
-- missing: resolution
-- remediation: Load the zone on the new servers and look at each of them first; never take the last server away.
-- Over changes that are proposed or approved and move a delegation or an apex NS set that is there:
-- every server that comes must have been seen to answer for the zone with authority. An apex set
-- that is taken away whole leaves the zone without a server, unless no zone of ours around it leads
-- there any more: then the zone is retired. A new delegation is DANGLE-004's. A zone whose source keeps no NS set
-- is judged by the change at hand: where nothing is left of it, no delegation may lead there either.
WITH move AS (
  SELECT c.change, c.name, c.zone, c.action, c.rdata
  FROM change_record AS c JOIN open_change AS g ON g.id = c.change
  WHERE c.type = 'NS'
),
coming AS (SELECT DISTINCT change, name, zone, rdata FROM move WHERE action = 'add'),
going AS (SELECT DISTINCT change, name, zone, rdata FROM move WHERE action = 'remove'),
stays AS (
  SELECT m.change, m.name, COUNT(*) AS servers
  FROM (SELECT DISTINCT change, name, zone FROM move) AS m
  JOIN (SELECT DISTINCT zone, name, rdata FROM rdata WHERE type = 'NS') AS r ON r.name = m.name AND r.zone = m.zone
  LEFT JOIN coming AS c ON c.change = m.change AND c.name = m.name AND c.rdata = r.rdata
  LEFT JOIN going AS g ON g.change = m.change AND g.name = m.name AND (g.rdata IS NULL OR g.rdata = r.rdata)
  WHERE c.change IS NULL AND g.change IS NULL
  GROUP BY m.change, m.name
),
led AS (
  SELECT m.change, m.name, COUNT(CASE WHEN r.zone = r.name THEN 1 END) AS apex,
    COUNT(CASE WHEN r.zone <> r.name THEN 1 END) AS above
  FROM (SELECT DISTINCT change, name FROM going) AS m
  JOIN (SELECT DISTINCT zone, name, rdata FROM rdata WHERE type = 'NS') AS r ON r.name = m.name
  LEFT JOIN going AS g ON g.change = m.change AND g.name = m.name AND g.zone = r.zone AND (g.rdata IS NULL OR g.rdata = r.rdata)
  WHERE g.change IS NULL
  GROUP BY m.change, m.name
),
new AS (
  SELECT c.change, c.name, COUNT(*) AS servers, COUNT(d.answers) AS seen, MIN(d.answers) AS answers,
    MIN(CASE WHEN d.answers IS NOT TRUE THEN c.rdata END) AS server
  FROM coming AS c
  LEFT JOIN delegation_state AS d ON d.child = c.name AND d.server || '.' = c.rdata
  GROUP BY c.change, c.name
),
-- Zones that the change at hand made vanish, with no NS set of theirs, and that are delegated still.
emptied AS (
  SELECT DISTINCT c.change, c.zone
  FROM change_record AS c
  JOIN open_change AS g ON g.id = c.change AND g.made
  LEFT JOIN zone AS z ON z.apex = c.zone
  LEFT JOIN move AS m ON m.change = c.change AND m.name = c.zone AND m.zone = c.zone
  WHERE c.action = 'remove' AND z.apex IS NULL AND m.name IS NULL
)
SELECT m.change || ' ' || m.name AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN n.change IS NULL THEN FALSE
    WHEN n.answers = FALSE THEN FALSE
    WHEN n.seen = n.servers THEN TRUE
  END AS holds,
  m.change, m.name, COALESCE(n.servers, 0) AS servers, n.server,
  CASE
    WHEN n.change IS NULL THEN 'without a name server'
    WHEN n.answers = FALSE THEN 'to ' || rtrim(n.server, '.') || ', which nobody saw serving it'
  END AS fault
FROM (
  SELECT change, name, MAX(CASE WHEN action = 'remove' THEN 1 ELSE 0 END) AS removes,
    MAX(CASE WHEN name = zone AND action = 'remove' THEN 1 ELSE 0 END) AS apex,
    MAX(CASE WHEN name <> zone AND action = 'remove' THEN 1 ELSE 0 END) AS above
  FROM move GROUP BY change, name
) AS m
JOIN name_owner AS o ON o.name = m.name
LEFT JOIN new AS n ON n.change = m.change AND n.name = m.name
LEFT JOIN stays AS s ON s.change = m.change AND s.name = m.name
LEFT JOIN led AS l ON l.change = m.change AND l.name = m.name
LEFT JOIN domain AS d ON d.name = m.name
LEFT JOIN node AS p ON p.name = d.parent AND p.held
WHERE (n.change IS NOT NULL AND (m.removes = 1 OR s.change IS NOT NULL))
  OR (n.change IS NULL AND m.apex = 1 AND COALESCE(l.apex, 0) = 0
    AND NOT ((m.above = 1 OR p.name IS NOT NULL) AND COALESCE(l.above, 0) = 0))
UNION ALL
SELECT e.change || ' ' || e.zone, o.tier, o.record_owner, FALSE, e.change, e.zone, 0, MIN(r.target),
  'without a name server, while ' || MIN(r.zone) || ' still delegates it'
FROM emptied AS e
JOIN name_owner AS o ON o.name = e.zone
JOIN rdata AS r ON r.name = e.zone AND r.type = 'NS' AND r.zone <> e.zone
GROUP BY e.change, e.zone, o.tier, o.record_owner
