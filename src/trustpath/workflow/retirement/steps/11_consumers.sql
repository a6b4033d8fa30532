-- by: facts
-- do: have pins and allow-lists cleaned, then take the consumers out of the estate file
SELECT CASE WHEN COUNT(c.consumer) > 0 THEN FALSE WHEN MAX(d.done) = 1 THEN TRUE ELSE FALSE END,
  CASE WHEN COUNT(c.consumer) > 0 THEN 'declared: ' || MIN(c.consumer)
    WHEN MAX(d.done) = 1 THEN 'none is declared, and their lists are declared as clean'
    ELSE 'nobody declares pins and allow-lists as clean' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (SELECT DISTINCT consumer FROM consumer WHERE service = {service}) AS c ON TRUE
LEFT JOIN (SELECT MAX(CASE WHEN done THEN 1 ELSE 0 END) AS done FROM retirement_step WHERE service = {service} AND step = 'consumers') AS d ON TRUE
