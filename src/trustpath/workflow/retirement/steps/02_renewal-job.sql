-- by: facts
-- do: end the jobs: set active to false, or take them out of the estate file
SELECT CASE WHEN COUNT(j.id) > 0 THEN FALSE WHEN MAX(w.closed) = 1 THEN TRUE WHEN MAX(d.done) = 1 THEN TRUE END,
  CASE WHEN COUNT(j.id) > 0 THEN 'active: ' || MIN(j.id)
    WHEN MAX(w.closed) = 1 THEN 'no active job asks for its names, and all jobs are known'
    WHEN MAX(d.done) = 1 THEN 'no job that is known, and declared as done'
    ELSE 'no job that is known; nobody claims that all jobs are' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (
  SELECT DISTINCT a.id FROM job AS a
  LEFT JOIN job_name AS n ON n.job = a.id
  LEFT JOIN service_name AS s ON s.name = n.name AND s.service = {service}
  WHERE a.active AND (a.service = {service} OR s.service IS NOT NULL)
) AS j ON TRUE
LEFT JOIN (SELECT CASE WHEN closed THEN 1 ELSE 0 END AS closed FROM closed WHERE kind = 'jobs') AS w ON TRUE
LEFT JOIN (SELECT MAX(CASE WHEN done THEN 1 ELSE 0 END) AS done FROM retirement_step WHERE service = {service} AND step = 'renewal-job') AS d ON TRUE
