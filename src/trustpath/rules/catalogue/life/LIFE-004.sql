-- id: LIFE-004
-- title: Credential outlives its job
-- says: Nothing needs the credential {subject} ({kind}) any more[: its job {stopped_job} has stopped].
-- subject: credential of automation
-- severity: public=medium partner=medium internal=medium workload=medium
-- gate: observe
-- inputs: P O
-- source: catalogue F.wave2
-- csf: PR.AA-01, PR.AA-05
-- nhi: NHI1:2025, NHI7:2025
-- missing: jobs
-- decides: declare the jobs that use it (jobs) and claim the jobs complete
-- remediation: Remove the credential where it is accepted, not only where it is stored.
-- A credential lives through its job, or through any active job of its service. That there is none
-- needs jobs that are claimed to be complete, unless its own job is known to have stopped.
SELECT c.id AS subject, COALESCE(s.tier, z.tier, o.default_tier, 'public') AS tier,
  COALESCE(c.owner, z.job_owner, s.owner) AS owner,
  CASE
    WHEN z.active OR (c.job IS NULL AND v.service IS NOT NULL) THEN TRUE
    WHEN z.active = FALSE THEN FALSE
    WHEN w.closed THEN FALSE
  END AS holds,
  c.kind, c.job, CASE WHEN z.active = FALSE THEN c.job END AS stopped_job, c.service
FROM credential AS c
LEFT JOIN job_state AS z ON z.id = c.job
LEFT JOIN service AS s ON s.id = COALESCE(c.service, z.service)
LEFT JOIN (SELECT DISTINCT service FROM job WHERE active AND service IS NOT NULL) AS v ON v.service = c.service
LEFT JOIN organisation AS o ON TRUE
LEFT JOIN closed AS w ON w.kind = 'jobs'
