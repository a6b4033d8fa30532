-- by: facts
-- do: add a ct source that watches the domain, and keep it for the reuse period
SELECT CASE WHEN MAX(l.logs) > 0 THEN TRUE WHEN MAX(d.done) = 1 THEN TRUE ELSE FALSE END,
  CASE WHEN MAX(l.logs) > 0 THEN 'CT is read' WHEN MAX(d.done) = 1 THEN 'declared as watched elsewhere'
    ELSE 'no source reads a log that takes new entries' END
FROM (SELECT COUNT(*) AS logs FROM ct_log WHERE growing IS NOT FALSE) AS l
LEFT JOIN (SELECT MAX(CASE WHEN done THEN 1 ELSE 0 END) AS done FROM retirement_step WHERE service = {service} AND step = 'ct-watch') AS d ON TRUE
