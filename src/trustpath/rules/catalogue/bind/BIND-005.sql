-- id: BIND-005
-- title: Certificate or key seen at an undeclared endpoint
-- says: The key of the certificate {certificate} of {label} is in use at {address}:{port}, which no service or
--   deployment declares.
-- subject: served certificate (SHA-256) at an address and port
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: E C O
-- source: catalogue F.BIND
-- csf: DE.CM-09, RS.AN-03, PR.AA-01
-- nhi: NHI2:2025, NHI9:2025
-- missing: declaration
-- decides: declare where the certificate is deployed (deployments), or the `networks` of its service (services)
-- remediation: Treat it as a possible copy of the key until explained; change the key if nobody can explain it.
-- Keys of certificates in the inventory, wherever they are served, also in another certificate.
-- Declared are deployments by certificate, key or name, and the endpoints and networks of the services
-- that the names belong to. Where nothing of that is declared, nothing can be out of place.
WITH place AS (
  SELECT DISTINCT q.leaf, q.address, q.address_key, q.port, s.spki, s.tier, s.owner, s.label
  FROM presentation AS q
  JOIN certificate_state AS s ON s.certificate = q.leaf
  JOIN (SELECT DISTINCT spki FROM certificate_state WHERE stored AND NOT is_ca) AS k ON k.spki = s.spki
  WHERE NOT s.is_ca
),
leaf AS (SELECT DISTINCT leaf, spki FROM place),
running AS (
  SELECT DISTINCT l.leaf, n.service FROM leaf AS l
  JOIN scope_certificate_name AS n ON n.certificate = l.leaf WHERE n.service IS NOT NULL
),
told AS (
  SELECT l.leaf, d.address_key AS low, d.address_key AS high, d.port, 1 AS sure FROM leaf AS l JOIN deployment AS d ON d.certificate = l.leaf
  UNION SELECT l.leaf, d.address_key, d.address_key, d.port, 1 FROM leaf AS l JOIN deployment AS d ON d.spki = l.spki
  UNION SELECT l.leaf, d.address_key, d.address_key, d.port, 1 FROM leaf AS l
    JOIN certificate_name AS n ON n.certificate = l.leaf JOIN deployment AS d ON d.name = n.name
  UNION SELECT s.leaf, e.address_key, e.address_key, e.port, 0 FROM running AS s JOIN service_endpoint AS e ON e.service = s.service
  UNION SELECT s.leaf, w.low, w.high, NULL, 0 FROM running AS s JOIN service_network AS w ON w.service = s.service
),
matched AS (
  SELECT p.leaf, p.address, p.port, COUNT(t.leaf) AS places,
    MAX(CASE WHEN p.address_key >= t.low AND p.address_key <= t.high AND (t.port IS NULL OR t.port = p.port)
      THEN 1 + t.sure ELSE 0 END) AS inside
  FROM place AS p LEFT JOIN told AS t ON t.leaf = p.leaf
  GROUP BY p.leaf, p.address, p.port
)
SELECT p.leaf || ' ' || p.address || ':' || p.port AS subject, p.tier, p.owner,
  CASE WHEN m.inside = 2 OR (m.inside = 1 AND d.whole) THEN TRUE WHEN m.inside = 1 THEN NULL WHEN m.places > 0 AND d.whole THEN FALSE END AS holds,
  p.leaf AS certificate, p.address, p.port, p.label, p.spki, m.places AS declared_places
FROM place AS p
JOIN matched AS m ON m.leaf = p.leaf AND m.address = p.address AND m.port = p.port
CROSS JOIN declared AS d
