-- id: DANGLE-004
-- title: Delegation does not lead to servers of the zone
-- says: The delegation of {subject} is broken: {fault}.
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
-- its address is known. A zone of ours for which the zone around it, held in full and in the same
-- view, lists no server at all is reached by nobody. Delegated validation names are DANGLE-006's.
WITH copy AS (
  SELECT DISTINCT z.apex, p.view FROM zone_part AS z JOIN part AS p ON p.source = z.source AND p.name = z.part
),
state AS (
  SELECT child, server, answers, server_present, in_parent, in_child FROM delegation_state
  UNION ALL
  SELECT DISTINCT z.apex, CAST(NULL AS TEXT), FALSE, CAST(NULL AS BOOLEAN), FALSE, CAST(NULL AS BOOLEAN)
  FROM copy AS z
  JOIN domain AS d ON d.name = z.apex
  JOIN node AS n ON n.name = d.parent AND n.held
  JOIN copy AS p ON p.apex = n.apex AND p.view = z.view
  LEFT JOIN rrset AS r ON r.name = z.apex AND r.type = 'NS' AND r.zone = n.apex
  WHERE r.name IS NULL
)
SELECT g.child AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(g.answers) = FALSE THEN FALSE WHEN COUNT(g.answers) = COUNT(*) THEN TRUE END AS holds,
  CASE WHEN MIN(g.answers) = FALSE THEN
    COALESCE(MIN(CASE WHEN g.answers = FALSE THEN g.server || CASE
        WHEN g.in_parent AND g.in_child = FALSE THEN ' is named by the zone above and not by the zone itself'
        WHEN g.server_present = FALSE THEN ' has no address'
        ELSE ' does not serve the zone' END END), 'the zone above does not delegate it')
  END AS fault,
  COUNT(DISTINCT g.server) AS servers,
  MIN(CASE WHEN g.answers = FALSE THEN g.server END) AS server,
  MIN(CASE WHEN g.answers = FALSE THEN g.server_present END) AS server_present,
  MIN(CASE WHEN g.answers = FALSE THEN g.in_parent END) AS in_parent,
  MIN(CASE WHEN g.answers = FALSE THEN g.in_child END) AS in_child
FROM state AS g
JOIN name_owner AS o ON o.name = g.child
LEFT JOIN (SELECT DISTINCT name FROM validation_name WHERE type = 'NS') AS v ON v.name = g.child
WHERE v.name IS NULL
GROUP BY g.child, o.tier, o.record_owner
