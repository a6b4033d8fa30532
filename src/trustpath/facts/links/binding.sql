-- Name, address, presentation: what the name's address serves for that name. One row for each
-- (name, address, port, protocol) where TLS is expected, because the service declares the port, or
-- seen, because something was observed there for that name. `outcome` is NULL where nobody looked.
-- `covered`: the leaf served there names it (three-valued; NULL when nothing was served or seen).
-- index: name; leaf; address_key
WITH expected AS (
  SELECT DISTINCT a.name, a.address, a.address_key, p.port, p.protocol, s.service
  FROM name_address AS a
  JOIN service_of AS s ON s.name = a.name
  JOIN service_port AS p ON p.service = s.service
  UNION
  SELECT DISTINCT a.name, a.address, a.address_key, q.port, q.protocol, s.service
  FROM presentation AS q
  JOIN name_address AS a ON a.name = q.server_name AND a.address_key = q.address_key
  LEFT JOIN service_of AS s ON s.name = a.name
)
SELECT e.name, e.address, e.address_key, e.port, e.protocol, e.service,
  q.vantage, q.outcome, q.reason, q.leaf, q.complete, q.publicly_trusted, q.privately_trusted,
  q.path_not_after, q.weak_chain_signature, q.ocsp, q.key_group, q.observed_at,
  CASE WHEN q.leaf IS NOT NULL THEN c.name IS NOT NULL END AS covered
FROM expected AS e
LEFT JOIN presentation AS q ON q.address_key = e.address_key AND q.server_name = e.name
  AND q.port = e.port AND q.protocol = e.protocol
LEFT JOIN (
  SELECT DISTINCT v.certificate, v.name FROM name_coverage AS v
  JOIN (SELECT DISTINCT leaf FROM presentation WHERE leaf IS NOT NULL) AS s ON s.leaf = v.certificate
) AS c ON c.certificate = q.leaf AND c.name = e.name
