-- id: BIND-001
-- title: Served certificate does not cover the name
-- says: {name} at {address}:{port} serves the certificate {certificate} of {served_for}, which does not cover
--   the name.
-- subject: name at an address and port
-- severity: public=critical partner=critical internal=high workload=high
-- gate: observe
-- inputs: E Z
-- source: catalogue F.BIND; RFC 9525 6
-- csf: PR.AA-03, PR.DS-02, DE.CM-01
-- nhi: NHI4:2025
-- missing: endpoints
-- remediation: Fix the SNI mapping, reissue with the name, or repoint the name.
-- Joined through the address that the name leads to today: a silent repoint brings the new
-- address's certificate into view, and an address that nobody looked at is unknown.
SELECT b.name || ' ' || b.address || ':' || b.port AS subject, b.tier, b.owner,
  CASE WHEN MIN(b.covered) = FALSE THEN FALSE WHEN COUNT(b.covered) = COUNT(*) THEN TRUE END AS holds,
  b.name, b.address, b.port,
  COALESCE(MIN(CASE WHEN b.covered = FALSE THEN b.leaf END), MIN(b.leaf)) AS certificate,
  COALESCE(MIN(CASE WHEN b.covered = FALSE THEN b.label END), MIN(b.label)) AS served_for, MIN(b.reason) AS reason
FROM scope_binding AS b
GROUP BY b.name, b.address, b.port, b.tier, b.owner
