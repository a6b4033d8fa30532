-- by: facts
-- do: reissue the other services' certificates without its names
SELECT CASE WHEN COUNT(c.label) > 0 THEN FALSE WHEN MAX(w.closed) = 1 OR MAX(d.done) = 1 THEN TRUE END,
  CASE WHEN COUNT(c.label) > 0 THEN 'its names are in ' || MIN(c.label)
    WHEN MAX(w.closed) = 1 THEN 'no certificate of another service lists them, and all are known'
    WHEN MAX(d.done) = 1 THEN 'none that is known, and declared as done'
    ELSE 'none that is known; nobody claims that all certificates are' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (
  SELECT DISTINCT c.label FROM certificate_state AS c
  JOIN certificate_name AS n ON n.certificate = c.certificate
  JOIN service_name AS s ON s.name = n.name AND s.service = {service}
  JOIN certificate_name AS x ON x.certificate = c.certificate
  JOIN service_name AS y ON y.name = x.name AND y.service <> {service}
  WHERE c.live
) AS c ON TRUE
LEFT JOIN (SELECT CASE WHEN closed THEN 1 ELSE 0 END AS closed FROM closed WHERE kind = 'certificates') AS w ON TRUE
LEFT JOIN (SELECT MAX(CASE WHEN done THEN 1 ELSE 0 END) AS done FROM retirement_step WHERE service = {service} AND step = 'shared-names') AS d ON TRUE
