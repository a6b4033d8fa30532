-- id: ZONE-011
-- title: Name server within its child without glue
-- says: {name} is delegated to {server}, which lies within it, but {zone} gives no address (glue) for that
--   server.
-- subject: delegated zone and name server
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z
-- source: RFC 1034 4.2.1, RFC 9471 2.1
-- csf: PR.IR-04, ID.RA-01
-- missing: zones
-- remediation: Add the server's addresses to the parent zone (glue), or name a server outside the child.
-- A server whose name lies at or below the cut can only be found by addresses that the parent zone gives.
-- Without them nobody reaches it, whatever the child says.
SELECT d.name || ' ' || d.target AS subject, o.tier, COALESCE(n.zone_owner, o.record_owner) AS owner,
  CASE WHEN COUNT(g.name) > 0 THEN TRUE WHEN z.whole THEN FALSE END AS holds,
  d.name, d.target AS server, d.zone
FROM rdata AS d
JOIN node AS n ON n.name = d.name
JOIN domain AS u ON u.name = d.name
JOIN node AS p ON p.name = u.parent AND p.apex = d.zone AND p.cut IS NULL
JOIN name_owner AS o ON o.name = d.name
LEFT JOIN (SELECT apex, MIN("full") AS whole FROM zone GROUP BY apex) AS z ON z.apex = d.zone
LEFT JOIN (SELECT DISTINCT zone, name FROM occluded WHERE glue) AS g ON g.zone = d.zone AND g.name = d.target
WHERE d.type = 'NS' AND d.name <> d.zone
  AND (d.target = d.name OR substr(d.target, -(length(d.name) + 1)) = '.' || d.name)
GROUP BY d.name, d.target, d.zone, o.tier, o.record_owner, n.zone_owner, z.whole
