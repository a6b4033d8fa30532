-- id: DANGLE-009
-- title: Left-over validation token
-- says: The validation token at {subject} ({scheme}) has been there since {first_seen}, and no renewal job
--   needs it.
-- subject: validation name and type
-- severity: public=low partner=low internal=low workload=low
-- gate: gate
-- inputs: Z H P
-- source: catalogue F.DANGLE; standards E.12
-- csf: ID.AM-08
-- nhi: NHI1:2025
-- missing: history
-- remediation: Delete it after making sure that the CA does not look at it again.
-- Only tokens of a scheme that is known to use them up; an underscore TXT of unknown meaning is no
-- subject. Age counts from when the record was first seen, so that one which was there when
-- observation began is older than it looks: it can fail, but not pass by age. Whether a renewal needs
-- it is known only when renewal jobs are known at all. One that a change is about to add is not left over.
SELECT t.name || ' ' || t.type AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN j.base IS NOT NULL THEN TRUE
    WHEN t.first_seen < m.now - 2592000 THEN CASE WHEN k.jobs > 0 OR w.closed THEN FALSE END
    WHEN t.first_seen > m.history_since AND t.first_seen > z.first_seen THEN TRUE
  END AS holds,
  t.scheme, t.first_seen, t.tokens,
  CASE WHEN t.first_seen < m.now - 2592000 THEN 'jobs' ELSE 'history' END AS missing
FROM (
  SELECT v.zone, v.name, v.type, v.base, MIN(v.scheme) AS scheme, MIN(h.first_seen) AS first_seen, COUNT(*) AS tokens
  FROM validation_name AS v
  JOIN rdata_history AS h ON h.name = v.name AND h.type = v.type AND h.rdata = v.rdata
  WHERE v.one_time AND v.scheme <> 'underscore'
  GROUP BY v.zone, v.name, v.type, v.base
) AS t
JOIN node AS n ON n.name = t.name AND n.apex = t.zone
JOIN name_owner AS o ON o.name = t.name
CROSS JOIN moment AS m
LEFT JOIN (SELECT name, MIN(first_seen) AS first_seen FROM rrset_history GROUP BY name) AS z ON z.name = t.zone
LEFT JOIN (SELECT DISTINCT base FROM scope_job_name) AS j ON j.base = t.base
LEFT JOIN (SELECT COUNT(*) AS jobs FROM job) AS k ON TRUE
LEFT JOIN closed AS w ON w.kind = 'jobs'
LEFT JOIN (
  SELECT DISTINCT r.name, r.type
  FROM open_change AS c JOIN change_record AS r ON r.change = c.id
  WHERE r.action = 'add' AND r.type IN ('TXT', 'CNAME', 'NS') AND c.made
) AS a ON a.name = t.name AND a.type = t.type
WHERE n.cut IS NULL AND a.name IS NULL
