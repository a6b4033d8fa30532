-- id: CHAIN-001
-- title: Incomplete chain
-- says: {name} at {address}:{port} does not send all issuers of its certificate {certificate}, so clients may
--   be unable to verify it.
-- subject: name at an address and port
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: E
-- source: catalogue F.CHAIN; RFC 5280 6.1, RFC 8446 4.4.2
-- csf: PR.AA-03, PR.PS-01
-- missing: endpoints
-- remediation: Serve the intermediate certificates; clients need not fetch them, and leaves need not say where they are.
-- Only what the endpoint itself sends counts, together with the configured roots.
SELECT b.name || ' ' || b.address || ':' || b.port AS subject, b.tier, b.owner,
  CASE WHEN MIN(b.complete) = FALSE THEN FALSE WHEN COUNT(b.complete) = COUNT(*) THEN TRUE END AS holds,
  b.name, b.address, b.port,
  COALESCE(MIN(CASE WHEN b.complete = FALSE THEN b.leaf END), MIN(b.leaf)) AS certificate, MIN(b.reason) AS reason
FROM scope_binding AS b
GROUP BY b.name, b.address, b.port, b.tier, b.owner
