-- id: CHAIN-012
-- title: CA certificate served as a leaf
-- says: {name} at {address}:{port} serves the certificate of a CA, {certificate_subject} ({certificate}), in
--   place of one for the server.
-- subject: name at an address and port
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: E
-- source: RFC 5280 4.2.1.9; BR 7.1.2.7.8
-- csf: PR.AA-03, PR.PS-01
-- nhi: NHI5:2025
-- missing: endpoints
-- remediation: Give the endpoint a leaf certificate; a self-signed one is made without CA.
-- A server that holds the key of a CA certificate can issue for any name below it, and clients
-- differ in whether they accept one. Observed at an endpoint: the first certificate that it sends.
SELECT b.name || ' ' || b.address || ':' || b.port AS subject, b.tier, b.owner,
  CASE WHEN MAX(c.is_ca) = TRUE THEN FALSE WHEN COUNT(c.is_ca) = COUNT(*) THEN TRUE END AS holds,
  b.name, b.address, b.port, MIN(CASE WHEN c.is_ca THEN b.leaf END) AS certificate, MIN(CASE WHEN c.is_ca THEN c.subject END) AS certificate_subject,
  MIN(b.reason) AS reason
FROM scope_binding AS b
LEFT JOIN certificate AS c ON c.fingerprint = b.leaf
GROUP BY b.name, b.address, b.port, b.tier, b.owner
