-- A renewal job with the owner and tier that judge it: those of its service, else the job's owner
-- index: id
SELECT j.*, COALESCE(j.owner, s.owner) AS job_owner, COALESCE(s.tier, o.default_tier, 'public') AS tier
FROM job AS j
LEFT JOIN service AS s ON s.id = j.service
LEFT JOIN organisation AS o ON TRUE
