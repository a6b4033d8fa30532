-- id: OWN-004
-- title: Owner no longer active
-- says: The owner {subject} is no longer active but is still named for services, names, jobs or accounts
--   ({things}).
-- subject: owner
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: O V
-- source: catalogue F.OWN
-- csf: GV.RR-02, PR.AA-01
-- nhi: NHI1:2025
-- missing: ownership
-- decides: say that the owner is active (owners.active, or a directory: backstage)
-- remediation: Reassign what it owns within five working days; escalate on the public tier.
-- Owners of anything: services, ownership statements, jobs, accounts, credentials, networks. One source
-- that calls an owner inactive is enough; that it is active must be said by a directory.
WITH held AS (
  SELECT owner, tier, 1 AS things FROM service WHERE owner IS NOT NULL
  UNION ALL SELECT o.owner, n.tier, 1 FROM ownership AS o JOIN name_owner AS n ON n.name = o.base
  UNION ALL SELECT job_owner, tier, 1 FROM job_state WHERE job_owner IS NOT NULL
  UNION ALL SELECT owner, 'workload', 1 FROM acme_account WHERE owner IS NOT NULL
  UNION ALL SELECT owner, 'workload', 1 FROM credential WHERE owner IS NOT NULL
  UNION ALL SELECT owner, 'workload', 1 FROM network WHERE owner IS NOT NULL
)
SELECT h.owner AS subject, t.tier, h.owner,
  CASE WHEN o.active = FALSE THEN FALSE WHEN o.active AND d.whole THEN TRUE END AS holds,
  h.things, o.id IS NOT NULL AS known, o.contacts
FROM (
  SELECT h.owner, SUM(h.things) AS things, MIN(k.rank) AS rank FROM held AS h JOIN tier_rank AS k ON k.tier = h.tier GROUP BY h.owner
) AS h
JOIN tier_rank AS t ON t.rank = h.rank
CROSS JOIN declared AS d
LEFT JOIN (SELECT id, MIN(active) AS active, MAX(contacts) AS contacts FROM owner GROUP BY id) AS o ON o.id = h.owner
