-- id: EXP-006
-- title: Certificate not yet valid
-- says: {name} at {address}:{port} serves a certificate ({certificate}) that is valid only from {not_before}
--   on.
-- subject: name at an address and port
-- severity: public=high partner=high internal=high workload=high
-- gate: observe
-- inputs: E
-- source: catalogue F.wave2; RFC 5280 4.1.2.5
-- csf: PR.PS-01, DE.CM-09
-- missing: endpoints
-- remediation: Correct the clock that issued it, or go back to the previous certificate.
-- Five minutes are allowed for clocks that differ.
SELECT b.name || ' ' || b.address || ':' || b.port AS subject, b.tier, b.owner,
  CASE
    WHEN MIN(b.not_before <= m.now + 300) = FALSE THEN FALSE WHEN COUNT(b.not_before) = COUNT(*) THEN TRUE
  END AS holds,
  b.name, b.address, b.port,
  COALESCE(MIN(CASE WHEN b.not_before > m.now + 300 THEN b.leaf END), MIN(b.leaf)) AS certificate, MAX(b.not_before) AS not_before, MIN(b.reason) AS reason
FROM scope_binding AS b
CROSS JOIN moment AS m
GROUP BY b.name, b.address, b.port, b.tier, b.owner
