-- by: declaration
-- do: narrow CAA to what other names need, or find that it is narrow; then set retirement.caa
SELECT CASE WHEN r.done THEN TRUE ELSE FALSE END,
  CASE WHEN r.done THEN 'declared as done' ELSE 'nobody declares it as done' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (SELECT MAX(done) AS done FROM retirement_step WHERE service = {service} AND step = 'caa') AS r ON TRUE
