-- id: OWN-006
-- title: Single person as owner
-- says: The owner {subject} {fault}, yet answers for services or names ({things}).
-- subject: owner
-- severity: public=low partner=low internal=low workload=low
-- gate: observe
-- inputs: O
-- source: catalogue F.OWN
-- csf: GV.RR-02
-- nhi: NHI10:2025
-- missing: ownership
-- decides: declare whether it is a team, and how many members it has (owners)
-- remediation: Put a team in its place, or more people into the team.
-- Owners of a service or of an ownership statement. A person, or a team of at most one member. A name
-- of which no source says what it is, is unknown.
WITH held AS (
  SELECT owner, tier FROM service WHERE owner IS NOT NULL
  UNION ALL SELECT o.owner, n.tier FROM ownership AS o JOIN name_owner AS n ON n.name = o.base
)
SELECT h.owner AS subject, t.tier, h.owner,
  CASE WHEN o.team = FALSE OR o.members <= 1 THEN FALSE WHEN o.team AND o.members > 1 AND d.whole THEN TRUE END AS holds,
  CASE WHEN o.team = FALSE THEN 'is a single person' WHEN o.members <= 1 THEN 'is a team without a second member' END AS fault,
  o.kind, o.members, h.things
FROM (
  SELECT h.owner, COUNT(*) AS things, MIN(k.rank) AS rank FROM held AS h JOIN tier_rank AS k ON k.tier = h.tier GROUP BY h.owner
) AS h
JOIN tier_rank AS t ON t.rank = h.rank
CROSS JOIN declared AS d
LEFT JOIN (
  SELECT id, MIN(team) AS team, MIN(members) AS members, MIN(kind) AS kind FROM owner GROUP BY id
) AS o ON o.id = h.owner
