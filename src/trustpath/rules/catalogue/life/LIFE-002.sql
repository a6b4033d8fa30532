-- id: LIFE-002
-- title: Record outlives its workload
-- says: The record of {subject} is still there, though its workload {identity} ended on {ended_at}.
-- subject: name that a controller created
-- severity: public=- partner=medium internal=medium workload=high
-- gate: observe
-- inputs: Z O
-- source: catalogue F.LIFE
-- csf: ID.AM-08, PR.AA-01
-- nhi: NHI1:2025
-- missing: declaration
-- decides: declare when the workload ended (workloads)
-- remediation: Let the controller delete the record with its workload, and shorten the lease.
-- A record may outlive its workload by the grace of the tier. That the name is gone must be seen: the
-- zone is held in full, or resolvers say so.
SELECT y.name AS subject, COALESCE(y.tier, o.tier, 'workload') AS tier, COALESCE(y.owner, o.owner) AS owner,
  CASE
    WHEN y.active = 1 THEN TRUE
    WHEN d.present = FALSE THEN TRUE
    WHEN y.untold = 1 THEN NULL
    WHEN m.now - y.ended_at <= p.workload_grace THEN TRUE
    WHEN d.present AND p.tier IS NOT NULL THEN FALSE
  END AS holds,
  CASE WHEN y.untold = 1 THEN 'declaration' WHEN p.tier IS NULL THEN 'policy' ELSE 'zones' END AS missing,
  y.identity, y.ended_at
FROM (
  SELECT r.name, MIN(r.identity) AS identity, MAX(w.ended_at) AS ended_at, MIN(s.tier) AS tier, MIN(s.owner) AS owner,
    MAX(CASE WHEN w.active THEN 1 ELSE 0 END) AS active,
    MAX(CASE WHEN w.ended_at IS NULL THEN 1 ELSE 0 END) AS untold
  FROM dynamic_record AS r
  LEFT JOIN workload AS w ON w.identity = r.identity
  LEFT JOIN service AS s ON s.id = w.service
  GROUP BY r.name
) AS y
CROSS JOIN moment AS m
LEFT JOIN node AS d ON d.name = y.name
LEFT JOIN (SELECT name, tier, owner FROM name_owner WHERE service IS NOT NULL) AS o ON o.name = y.name
LEFT JOIN judged_policy AS p ON p.tier = COALESCE(y.tier, o.tier, 'workload')
