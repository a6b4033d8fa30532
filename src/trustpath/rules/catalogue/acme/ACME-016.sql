-- id: ACME-016
-- title: Renewal job close to a pause or limit of its CA
-- says: The job {job} keeps failing[; failures so far: {failures}][; in the last hour: {failures_last_hour}].
-- subject: renewal job
-- severity: public=medium partner=medium internal=medium workload=medium
-- gate: observe
-- inputs: P
-- source: catalogue F.ACME; RFC 8555 6.6
-- csf: DE.AE-02, PR.IR-04
-- missing: jobs
-- decides: declare `failures` and `failures_last_hour` of the job (jobs)
-- remediation: Stop the loop and find the cause in staging before the CA pauses the account.
SELECT 'job ' || j.id AS subject, j.tier, j.job_owner AS owner,
  CASE
    WHEN j.failures > 50 OR j.failures_last_hour >= 4 THEN FALSE
    WHEN j.failures IS NOT NULL AND j.failures_last_hour IS NOT NULL THEN TRUE
  END AS holds,
  j.id AS job, j.failures, j.failures_last_hour, j.account
FROM job_state AS j
LEFT JOIN ca AS c ON c.id = j.ca
WHERE j.active AND (COALESCE(c.acme, TRUE) OR j.failures IS NOT NULL)
