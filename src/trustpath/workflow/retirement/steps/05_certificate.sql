-- by: facts
-- do: revoke what is live (trustpath cert revoke), or destroy its key with proof and set retirement.certificate; seven days may lapse
SELECT CASE WHEN COUNT(c.certificate) > 0 THEN CASE WHEN MAX(d.done) = 1 AND MAX(c.served) = 0 THEN TRUE ELSE FALSE END
    WHEN MAX(w.closed) = 1 OR MAX(d.done) = 1 THEN TRUE END,
  CASE WHEN MAX(c.served) = 1 THEN 'served: ' || MIN(c.label)
    WHEN COUNT(c.certificate) > 0 AND MAX(d.done) = 1 THEN 'the keys of what is live are declared as destroyed'
    WHEN COUNT(c.certificate) > 0 THEN 'live: ' || MIN(c.label)
    WHEN MAX(w.closed) = 1 THEN 'none is live for more than seven days, and all certificates are known'
    WHEN MAX(d.done) = 1 THEN 'none that is known, and declared as done'
    ELSE 'none that is known; nobody claims that all certificates are' END
FROM (SELECT 1 AS one) AS o
LEFT JOIN (
  SELECT DISTINCT c.certificate, c.label, CASE WHEN c.served THEN 1 ELSE 0 END AS served
  FROM certificate_state AS c
  JOIN certificate_name AS n ON n.certificate = c.certificate
  JOIN service_name AS s ON s.name = n.name
  CROSS JOIN moment AS m
  WHERE s.service = {service} AND c.live AND NOT c.is_ca AND c.not_after > m.now + 604800
    AND NOT EXISTS (
      SELECT 1 FROM certificate_name AS x JOIN service_name AS y ON y.name = x.name
      WHERE x.certificate = c.certificate AND y.service <> {service}
    )
) AS c ON TRUE
LEFT JOIN (SELECT CASE WHEN closed THEN 1 ELSE 0 END AS closed FROM closed WHERE kind = 'certificates') AS w ON TRUE
LEFT JOIN (SELECT MAX(CASE WHEN done THEN 1 ELSE 0 END) AS done FROM retirement_step WHERE service = {service} AND step = 'certificate') AS d ON TRUE
