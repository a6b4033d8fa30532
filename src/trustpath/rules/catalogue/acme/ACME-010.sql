-- id: ACME-010
-- title: Past holder can still obtain certificates
-- says: {former} held {name} until {moved} and can obtain certificates for it with old validations until
--   {reusable_until}.
-- subject: transferred name
-- severity: public=high partner=high internal=medium workload=low
-- gate: observe
-- inputs: P H C
-- source: catalogue F.ACME; BR 4.2.1
-- csf: PR.AA-01, GV.SC-10, DE.CM-06
-- nhi: NHI1:2025, NHI3:2025
-- missing: jobs
-- decides: declare `last_validation` of the jobs for the name (jobs)
-- remediation: Have authorizations and accounts deactivated, bind CAA to your account, watch CT until the period ends.
-- A validation that the past holder made may be used until the reuse period after it ends. Evidence
-- of one is a renewal job's last validation, or a certificate for the name that began before the
-- transfer. Once the longest period after the transfer itself is over, nothing can be left.
WITH evidence AS (
  SELECT t.base, t.former, t.current, t."at" AS moved, n.last_validation AS validated, c.reuse_seconds
  FROM name_transfer AS t
  JOIN scope_job_name AS n ON n.base = t.base
  LEFT JOIN ca AS c ON c.id = n.ca
  WHERE n.last_validation <= t."at"
  UNION ALL
  SELECT t.base, t.former, t.current, t."at", n.not_before, c.reuse_seconds
  FROM name_transfer AS t
  JOIN (
    SELECT base AS place, not_before, ca, publicly_issued FROM scope_certificate_name
    UNION ALL SELECT parent, not_before, ca, publicly_issued FROM scope_certificate_name WHERE parent <> registered
    UNION ALL SELECT registered, not_before, ca, publicly_issued FROM scope_certificate_name WHERE base <> registered
  ) AS n ON n.place = t.base
  LEFT JOIN ca AS c ON c.id = n.ca
  WHERE n.not_before <= t."at" AND n.publicly_issued
),
ends AS (
  SELECT e.base, e.former, e.current, e.moved,
    MAX(e.validated + CASE WHEN e.reuse_seconds < r.seconds THEN e.reuse_seconds ELSE r.seconds END) AS until
  FROM evidence AS e
  JOIN validation_reuse AS r ON r.starts <= e.validated AND e.validated < r.ends
  GROUP BY e.base, e.former, e.current, e.moved
)
SELECT t.base || ' from ' || t.former || ' to ' || t.current AS subject, o.tier, o.owner,
  CASE
    WHEN MAX(CASE WHEN t."at" + r.seconds <= m.now THEN 0 ELSE 1 END) = 0 AND COUNT(r.seconds) = COUNT(*) THEN TRUE
    WHEN MAX(CASE WHEN e.until > m.now THEN 1 ELSE 0 END) = 1 THEN FALSE
  END AS holds,
  t.base AS name, t.former, MAX(t."at") AS moved, MAX(e.until) AS reusable_until,
  CASE WHEN COUNT(r.seconds) < COUNT(*) THEN 'policy' ELSE 'jobs' END AS missing
FROM name_transfer AS t
CROSS JOIN moment AS m
JOIN name_owner AS o ON o.name = t.base
LEFT JOIN validation_reuse AS r ON r.starts <= t."at" AND t."at" < r.ends
LEFT JOIN ends AS e ON e.base = t.base AND e.former = t.former AND e.current = t.current AND e.moved = t."at"
GROUP BY t.base, t.former, t.current, o.tier, o.owner
