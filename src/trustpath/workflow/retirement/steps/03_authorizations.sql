-- by: facts
-- do: deactivate the authorizations at the CA (trustpath cert abandon), and the account when nothing else uses it; or wait
SELECT CASE WHEN MAX(d.done) = 1 THEN TRUE WHEN MAX(v.open) > 0 THEN FALSE
    WHEN MAX(v.abandoned) > 0 AND MAX(v.unsure) = 0 AND MAX(w.closed) = 1 THEN TRUE END,
  CASE WHEN MAX(d.done) = 1 THEN 'declared as deactivated'
    WHEN MAX(v.open) > 0 THEN 'a validation of job ' || MIN(v.example) || ' may be reused'
    WHEN MAX(v.abandoned) > 0 AND MAX(v.unsure) = 0 AND MAX(w.closed) = 1 THEN 'deactivated at the CA for every job, and all jobs are known'
    WHEN MAX(v.abandoned) > 0 THEN 'deactivated at the CA for ' || MAX(v.abandoned) || ' jobs; nobody claims that these are all'
    ELSE 'no validation is known of; nobody declares it as done' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (
  SELECT SUM(CASE WHEN k.ends > k.now AND k.abandoned = 0 THEN 1 ELSE 0 END) AS open,
    MIN(CASE WHEN k.ends > k.now AND k.abandoned = 0 THEN k.id END) AS example,
    SUM(k.abandoned) AS abandoned, SUM(CASE WHEN k.ends IS NULL AND k.abandoned = 0 THEN 1 ELSE 0 END) AS unsure
  FROM (
    SELECT DISTINCT j.id, m.now, j.last_validation + COALESCE(a.reuse_seconds, r.seconds) AS ends,
      CASE WHEN x.job IS NULL THEN 0 ELSE 1 END AS abandoned
    FROM job AS j
    JOIN job_name AS n ON n.job = j.id
    JOIN service_name AS s ON s.base = n.base AND s.service = {service}
    CROSS JOIN moment AS m
    LEFT JOIN ca AS a ON a.id = j.ca
    LEFT JOIN validation_reuse AS r ON j.last_validation >= r.starts AND j.last_validation < r.ends
    LEFT JOIN abandoned_validation AS x ON x.job = j.id AND x."at" >= j.last_validation
  ) AS k
) AS v ON TRUE
LEFT JOIN (SELECT CASE WHEN closed THEN 1 ELSE 0 END AS closed FROM closed WHERE kind = 'jobs') AS w ON TRUE
LEFT JOIN (SELECT MAX(CASE WHEN done THEN 1 ELSE 0 END) AS done FROM retirement_step WHERE service = {service} AND step = 'authorizations') AS d ON TRUE
