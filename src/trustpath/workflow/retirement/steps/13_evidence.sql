-- by: declaration
-- do: look at what is left of authority below and close the records; then set retirement.evidence
SELECT CASE WHEN r.done THEN TRUE ELSE FALSE END,
  CASE WHEN r.done THEN 'declared as done' ELSE 'nobody declares it as done' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (SELECT MAX(done) AS done FROM retirement_step WHERE service = {service} AND step = 'evidence') AS r ON TRUE
