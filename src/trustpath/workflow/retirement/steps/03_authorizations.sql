-- by: facts
-- do: deactivate the authorizations at the CA, and the account when nothing else uses it; or wait
SELECT CASE WHEN COUNT(v.id) > 0 THEN CASE WHEN MAX(d.done) = 1 THEN TRUE ELSE FALSE END WHEN MAX(d.done) = 1 THEN TRUE END,
  CASE WHEN MAX(d.done) = 1 THEN 'declared as deactivated'
    WHEN COUNT(v.id) > 0 THEN 'a validation of job ' || MIN(v.id) || ' may be reused'
    ELSE 'no validation is known of; nobody declares it as done' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (
  SELECT DISTINCT j.id FROM job AS j
  JOIN job_name AS n ON n.job = j.id
  JOIN service_name AS s ON s.base = n.base AND s.service = {service}
  CROSS JOIN moment AS m
  LEFT JOIN ca AS a ON a.id = j.ca
  LEFT JOIN validation_reuse AS r ON j.last_validation >= r.starts AND j.last_validation < r.ends
  WHERE j.last_validation + COALESCE(a.reuse_seconds, r.seconds) > m.now
) AS v ON TRUE
LEFT JOIN (SELECT MAX(CASE WHEN done THEN 1 ELSE 0 END) AS done FROM retirement_step WHERE service = {service} AND step = 'authorizations') AS d ON TRUE
