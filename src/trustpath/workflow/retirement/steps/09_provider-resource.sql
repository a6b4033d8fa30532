-- by: declaration
-- do: give the provider's resource back now that nothing leads there; then set retirement.provider-resource
SELECT CASE WHEN r.done THEN TRUE ELSE FALSE END,
  CASE WHEN r.done THEN 'declared as done' ELSE 'nobody declares it as done' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (SELECT MAX(done) AS done FROM retirement_step WHERE service = {service} AND step = 'provider-resource') AS r ON TRUE
