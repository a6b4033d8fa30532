-- by: facts
-- do: remove the records of its names, through a change; then let their TTL pass
SELECT CASE WHEN COUNT(r.name) > 0 THEN FALSE WHEN MAX(h.unheld) = 0 THEN TRUE END,
  CASE WHEN COUNT(r.name) > 0 THEN 'there is ' || MIN(r.name || ' ' || r.type)
    WHEN MAX(h.unheld) = 0 THEN 'none, in zones that are held in full' ELSE 'not every zone of its names is held in full' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (
  SELECT DISTINCT r.name, r.type FROM rrset AS r
  JOIN service_name AS s ON s.name = r.name AND s.service = {service}
  LEFT JOIN service_name AS y ON y.name = r.name AND y.service <> {service}
  WHERE y.service IS NULL AND r.type IN ('A', 'AAAA', 'CNAME', 'HTTPS', 'SVCB', 'SRV', 'MX')
) AS r ON TRUE
LEFT JOIN (
  SELECT MAX(CASE WHEN n.held THEN 0 ELSE 1 END) AS unheld FROM service_name AS s
  LEFT JOIN node AS n ON n.name = s.base WHERE s.service = {service}
) AS h ON TRUE
