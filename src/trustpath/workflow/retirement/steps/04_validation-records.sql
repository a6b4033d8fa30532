-- by: facts
-- do: remove the delegations, tokens and persistent grants of its names
SELECT CASE WHEN COUNT(v.name) > 0 THEN FALSE WHEN MAX(h.unheld) = 0 THEN TRUE END,
  CASE WHEN COUNT(v.name) > 0 THEN 'there is ' || MIN(v.name)
    WHEN MAX(h.unheld) = 0 THEN 'none, in zones that are held in full' ELSE 'not every zone of its names is held in full' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (
  SELECT DISTINCT v.name FROM validation_name AS v JOIN service_name AS s ON s.base = v.base WHERE s.service = {service}
  UNION SELECT DISTINCT p.name FROM persist AS p JOIN service_name AS s ON s.base = p.base WHERE s.service = {service}
) AS v ON TRUE
LEFT JOIN (
  SELECT MAX(CASE WHEN n.held THEN 0 ELSE 1 END) AS unheld FROM service_name AS s
  LEFT JOIN node AS n ON n.name = s.base WHERE s.service = {service}
) AS h ON TRUE
