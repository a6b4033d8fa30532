-- by: facts
-- do: remove the TLSA records of its names, with the service
SELECT CASE WHEN COUNT(t.name) > 0 THEN FALSE WHEN MAX(h.unheld) = 0 THEN TRUE END,
  CASE WHEN COUNT(t.name) > 0 THEN 'there is ' || MIN(t.name)
    WHEN MAX(h.unheld) = 0 THEN 'none, in zones that are held in full' ELSE 'not every zone of its names is held in full' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (
  SELECT DISTINCT t.name FROM tlsa AS t JOIN service_name AS s ON s.base = t.host WHERE s.service = {service}
) AS t ON TRUE
LEFT JOIN (
  SELECT MAX(CASE WHEN n.held THEN 0 ELSE 1 END) AS unheld FROM service_name AS s
  LEFT JOIN node AS n ON n.name = s.base WHERE s.service = {service}
) AS h ON TRUE
