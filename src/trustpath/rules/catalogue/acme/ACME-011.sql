-- id: ACME-011
-- title: Renewal information not followed
-- says: The job {job} does not follow the renewal information of {ca}:[ {fault}][ it last asked on
--   {last_asked}].
-- subject: renewal job
-- severity: public=medium partner=medium internal=medium workload=medium
-- gate: observe
-- inputs: P
-- source: catalogue F.ACME; RFC 9773 4.2, 4.3, 5
-- csf: PR.IR-04, GV.SC-08
-- missing: jobs
-- decides: declare `sends_replaces` of the job (jobs) and its `renewal_info`
-- remediation: Use a client that polls renewal information and sends `replaces` in its orders.
-- A client should ask again once Retry-After has passed, or after six hours where it was not given;
-- six more hours are allowed.
SELECT 'job ' || j.id AS subject, j.tier, j.job_owner AS owner,
  CASE
    WHEN j.sends_replaces = FALSE AND c.renewal_info THEN FALSE
    WHEN c.renewal_info AND MAX(r.fetched_at + COALESCE(r.retry_after, 21600)) + 21600 < m.now THEN FALSE
    WHEN c.renewal_info AND j.sends_replaces AND COUNT(r.fetched_at) > 0 THEN TRUE
  END AS holds,
  j.id AS job, MAX(r.fetched_at) AS fetched_at, j.sends_replaces, j.ca,
  CASE WHEN j.sends_replaces = FALSE THEN 'its orders do not say what they replace' END AS fault,
  CASE WHEN COALESCE(j.sends_replaces, TRUE) THEN MAX(r.fetched_at) END AS last_asked,
  CASE WHEN c.renewal_info IS NULL THEN 'declaration' ELSE 'jobs' END AS missing
FROM job_state AS j
CROSS JOIN moment AS m
JOIN ca AS c ON c.id = j.ca AND c.acme
LEFT JOIN (
  SELECT job AS job, fetched_at, retry_after FROM renewal_info WHERE job IS NOT NULL
  UNION
  SELECT k.id, i.fetched_at, i.retry_after FROM renewal_info AS i JOIN job AS k ON k.certificate = i.certificate
  WHERE i.job IS NULL
) AS r ON r.job = j.id
WHERE j.active AND COALESCE(c.renewal_info, TRUE)
GROUP BY j.id, j.tier, j.job_owner, j.sends_replaces, c.renewal_info, m.now, j.ca
