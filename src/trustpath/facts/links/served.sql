-- Each presentation with what follows for its leaf: `named`, the leaf covers the server name that
-- was asked for (RFC 9525 section 6.3); `in_date`, the instant of judging lies in its validity. Both
-- are NULL when nothing was served or the leaf could not be read.
-- index: name; address_key
SELECT q.address, q.address_key, q.port, q.server_name AS name, q.protocol, q.vantage, q.outcome, q.reason, q.leaf,
  q.publicly_trusted, q.privately_trusted, c.spki, c.not_after, c.issuer,
  CASE WHEN c.fingerprint IS NOT NULL THEN x.name IS NOT NULL END AS named,
  c.not_before <= m.now AND c.not_after >= m.now AS in_date
FROM presentation AS q
CROSS JOIN moment AS m
LEFT JOIN certificate AS c ON c.fingerprint = q.leaf
LEFT JOIN (
  SELECT n.certificate, n.name FROM certificate_name AS n
  JOIN (SELECT DISTINCT leaf, server_name FROM presentation) AS e ON e.leaf = n.certificate AND e.server_name = n.name
  WHERE n.kind = 'dns' AND n.usable AND NOT n.wildcard
  UNION
  SELECT n.certificate, e.server_name FROM certificate_name AS n
  JOIN (SELECT DISTINCT leaf, server_name, substr(server_name, instr(server_name, '.') + 1) AS parent FROM presentation) AS e
    ON e.leaf = n.certificate AND e.parent = n.base
  WHERE n.kind = 'dns' AND n.usable AND n.wildcard AND instr(e.server_name, '.') > 1
) AS x ON x.certificate = q.leaf AND x.name = q.server_name
