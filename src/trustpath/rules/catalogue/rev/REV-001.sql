-- id: REV-001
-- title: Revoked certificate in service
-- says: {name} at {address}:{port} serves the certificate {certificate}, which is revoked[ since {revoked_at}][
--   ({revocation_reason})].
-- subject: name at an address and port
-- severity: public=critical partner=critical internal=high workload=high
-- gate: observe
-- inputs: E R
-- source: catalogue F.REV; RFC 5280 5, RFC 6960
-- csf: RS.MI-01, DE.CM-09
-- nhi: NHI1:2025
-- missing: revocation
-- remediation: Replace the certificate at this address at once.
-- See revocation_state for what counts as known. A certificate that points to neither list nor
-- responder cannot be checked by anyone and is no subject unless its revocation is known.
SELECT b.name || ' ' || b.address || ':' || b.port AS subject, b.tier, b.owner,
  CASE
    WHEN MAX(r.revoked) = TRUE THEN FALSE
    WHEN MAX(b.ocsp = 'revoked') = TRUE THEN FALSE
    WHEN COUNT(r.revoked) = COUNT(*) THEN TRUE
  END AS holds,
  CASE WHEN COUNT(b.leaf) < COUNT(*) THEN 'endpoints' ELSE 'revocation' END AS missing,
  b.name, b.address, b.port,
  COALESCE(MIN(CASE WHEN r.revoked OR b.ocsp = 'revoked' THEN b.leaf END), MIN(b.leaf)) AS certificate, MIN(r.reason) AS revocation_reason, MIN(r.revoked_at) AS revoked_at, MIN(b.reason) AS reason
FROM scope_binding AS b
LEFT JOIN revocation_state AS r ON r.certificate = b.leaf
WHERE b.leaf IS NULL OR COALESCE(r.checkable, TRUE) OR r.revoked
GROUP BY b.name, b.address, b.port, b.tier, b.owner
