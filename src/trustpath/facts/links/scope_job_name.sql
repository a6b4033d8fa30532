-- Driver: every name of every active renewal job.
-- index: job; name
SELECT n.job, n.name, n.base, n.wildcard, n.parent, n.registered, j.service, j.ca, j.account, j.method, j.profile,
  j.next_renewal, j.last_validation, j.challenge_writer, j.job_owner AS owner, j.tier, o.record_owner, d.apex, d.cut, d.held
FROM job_name AS n JOIN job_state AS j ON j.id = n.job
JOIN name_owner AS o ON o.name = n.base JOIN node AS d ON d.name = n.base
WHERE j.active
