-- id: DANGLE-004
-- title: Lame or hijackable delegation
-- subject: delegated zone
-- severity: public=critical partner=critical internal=high workload=medium
-- gate: probe
-- inputs: Z V
-- source: catalogue F.DANGLE; RFC 1034 4.2.2, RFC 8914
-- csf: ID.AM-04, DE.CM-06, PR.IR-03
-- nhi: NHI3:2025
-- missing: resolution
-- remediation: Make parent and child name the same servers, all of which serve the zone; claim the zone at the provider again.
-- One server that does not answer with authority is enough: where providers hand out servers from
-- a pool, somebody else can claim the zone there. A server that nobody asked is unknown, even when
-- its address is known.
SELECT g.child AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(g.answers) = FALSE THEN FALSE WHEN COUNT(g.answers) = COUNT(*) THEN TRUE END AS holds,
  COUNT(DISTINCT g.server) AS servers,
  MIN(CASE WHEN g.answers = FALSE THEN g.server END) AS server,
  MIN(CASE WHEN g.answers = FALSE THEN g.server_present END) AS server_present,
  MIN(CASE WHEN g.answers = FALSE THEN g.in_parent END) AS in_parent,
  MIN(CASE WHEN g.answers = FALSE THEN g.in_child END) AS in_child
FROM delegation_state AS g
JOIN name_owner AS o ON o.name = g.child
WHERE substr(g.child, 1, 1) <> '_'
GROUP BY g.child, o.tier, o.record_owner
