-- id: KEY-008
-- title: No hybrid key exchange
-- says: {name} at {address}:{port} agrees on {key_group}, not on a hybrid key exchange (X25519MLKEM768).
-- subject: name at an address and port
-- severity: public=low partner=low internal=low workload=low
-- gate: observe
-- inputs: E
-- source: catalogue F.wave2; RFC 8446 4.2.7
-- csf: PR.DS-02, ID.RA-06
-- missing: endpoints
-- remediation: Enable X25519MLKEM768 in the TLS stack of the endpoint.
-- Our client offers the hybrid group, so another group means that the endpoint did not want it.
SELECT b.name || ' ' || b.address || ':' || b.port AS subject, b.tier, b.owner,
  CASE
    WHEN MIN(lower(b.key_group) = 'x25519mlkem768') = FALSE THEN FALSE
    WHEN COUNT(b.key_group) = COUNT(*) THEN TRUE
  END AS holds,
  b.name, b.address, b.port,
  COALESCE(MIN(CASE WHEN lower(b.key_group) <> 'x25519mlkem768' THEN b.key_group END), MIN(b.key_group)) AS key_group, MIN(b.reason) AS reason
FROM scope_binding AS b
GROUP BY b.name, b.address, b.port, b.tier, b.owner
