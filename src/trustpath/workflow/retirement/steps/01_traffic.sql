-- by: declaration
-- do: see that nobody uses the service any more, or is redirected; then set retirement.traffic
SELECT CASE WHEN r.done THEN TRUE ELSE FALSE END,
  CASE WHEN r.done THEN 'declared as done' ELSE 'nobody declares it as done' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (SELECT MAX(done) AS done FROM retirement_step WHERE service = {service} AND step = 'traffic') AS r ON TRUE
