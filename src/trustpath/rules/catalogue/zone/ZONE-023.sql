-- id: ZONE-023
-- title: Zone names servers that its parent does not
-- subject: delegated zone
-- severity: public=low partner=low internal=low workload=-
-- gate: gate
-- inputs: Z
-- source: RFC 1034 4.2.2; RFC 7477 1
-- csf: PR.IR-04, ID.AM-03
-- missing: zones
-- remediation: Put the same servers into the delegation and into the zone's own NS set, the parent last when one comes, the zone last when one goes.
-- says: {subject} names the server {server}[ and {more} more] in its own NS set, but {parent} does not delegate to it.
-- Of zones of which we hold the parent as well, in the same view. Resolvers prefer the zone's own set once they have
-- asked it, so that a server which the parent does not name is asked all the same, by some and at times. A zone of
-- which the parent names a server that it does not name itself, or none at all, is DANGLE-004's finding.
WITH copy AS (
  SELECT DISTINCT z.apex, p.view FROM zone_part AS z JOIN part AS p ON p.source = z.source AND p.name = z.part
)
SELECT g.child AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN MIN(CASE WHEN g.in_child AND g.in_parent = FALSE THEN 0 ELSE 1 END) = 0 THEN FALSE
    WHEN COUNT(CASE WHEN g.in_child AND g.in_parent THEN 1 END) > 0 AND COUNT(g.in_child) = COUNT(*) THEN TRUE
  END AS holds,
  MIN(CASE WHEN g.in_child AND g.in_parent = FALSE THEN g.server END) AS server,
  CASE WHEN COUNT(CASE WHEN g.in_child AND g.in_parent = FALSE THEN 1 END) > 1
    THEN COUNT(CASE WHEN g.in_child AND g.in_parent = FALSE THEN 1 END) - 1 END AS more,
  MIN(g.parent_zone) AS parent
FROM delegation AS g
JOIN (
  SELECT DISTINCT c.apex, p.apex AS parent FROM copy AS c JOIN copy AS p ON p.view = c.view
) AS v ON v.apex = g.child AND v.parent = g.parent_zone
JOIN name_owner AS o ON o.name = g.child
GROUP BY g.child, o.tier, o.record_owner
HAVING MAX(CASE WHEN g.in_parent THEN 1 ELSE 0 END) = 1 AND MAX(CASE WHEN g.in_parent AND g.in_child = FALSE THEN 1 ELSE 0 END) = 0
