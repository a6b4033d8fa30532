-- id: EXP-011
-- title: Fixed renewal interval too long
-- says: The job {job} renews every {interval_seconds}, which is more than two thirds of the {judged_lifetime}
--   that its certificates are to be valid.
-- subject: renewal job with a fixed interval
-- severity: public=medium partner=medium internal=medium workload=high
-- gate: observe
-- inputs: P K
-- source: catalogue F.EXP; Let's Encrypt profile calendar (standards D.9)
-- csf: ID.RA-07, ID.IM-03, PR.IR-04
-- nhi: NHI7:2025
-- missing: jobs
-- decides: declare `next_lifetime` of the job (jobs)
-- remediation: Follow the CA's renewal information, or renew by a ratio of the lifetime instead of a fixed
--   timer.
-- The lifetime to come is what the job states, else the shorter of what the CA's profile gives now and
-- what it gives after its next dated change. A profile is 'classic' where the job names none.
SELECT 'job ' || j.id AS subject, j.tier, j.job_owner AS owner,
  CASE
    WHEN 3 * j.interval_seconds > 2 * j.next_lifetime THEN FALSE
    WHEN j.next_lifetime IS NOT NULL THEN TRUE
    WHEN 3 * j.interval_seconds > 2 * k.shortest THEN FALSE
    WHEN k.shortest IS NOT NULL THEN TRUE
    WHEN 3 * j.interval_seconds > 2 * j.lifetime THEN FALSE
  END AS holds,
  j.id AS job, j.interval_seconds, COALESCE(j.next_lifetime, k.shortest) AS next_lifetime,
  COALESCE(j.next_lifetime, k.shortest, j.lifetime) AS judged_lifetime, j.profile, j.ca
FROM job_state AS j
LEFT JOIN (
  SELECT y.id, MIN(f.seconds) AS shortest
  FROM job AS y
  CROSS JOIN moment AS m
  JOIN ca_identity AS i ON i.ca = y.ca
  JOIN profile_lifetime AS f ON f.ca_identity = i.identity AND f.profile = COALESCE(y.profile, 'classic')
  LEFT JOIN (
    SELECT g.ca_identity, g.profile, MIN(g.starts) AS starts
    FROM profile_lifetime AS g CROSS JOIN moment AS o WHERE g.starts > o.now GROUP BY g.ca_identity, g.profile
  ) AS n ON n.ca_identity = f.ca_identity AND n.profile = f.profile
  WHERE (f.starts <= m.now AND f.ends > m.now) OR f.starts = n.starts
  GROUP BY y.id
) AS k ON k.id = j.id
WHERE j.active AND j.interval_seconds IS NOT NULL
