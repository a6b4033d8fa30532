-- id: EXP-004
-- title: Renewed but not deployed
-- says: {name} at {address}:{port} still serves {certificate}, though its successor {successor} was issued on
--   {issued}.
-- subject: name at an address and port
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: C E
-- source: catalogue F.EXP
-- csf: ID.AM-08, PR.PS-01, DE.AE-03
-- nhi: NHI1:2025
-- missing: endpoints
-- remediation: Reload or redistribute; then prove it with a fresh handshake at every address.
-- A renewal is a later certificate for exactly the same names; a wildcard that happens to cover the
-- name is a certificate of its own and no reason to complain. Issue is taken from not_before. That
-- there is no renewal lying about can only be said of a complete inventory.
SELECT b.name || ' ' || b.address || ':' || b.port AS subject, b.tier, b.owner,
  CASE
    WHEN MAX(n.issued + p.deploy_sla < m.now) = TRUE THEN FALSE
    WHEN COUNT(n.issued) > 0 AND COUNT(p.tier) < COUNT(*) THEN NULL
    WHEN COUNT(b.leaf) = COUNT(*) AND MIN(CASE WHEN w.closed THEN 1 ELSE 0 END) = 1 THEN TRUE
  END AS holds,
  CASE
    WHEN COUNT(b.leaf) < COUNT(*) THEN 'endpoints' WHEN COUNT(p.tier) < COUNT(*) THEN 'policy' ELSE 'complete'
  END AS missing,
  b.name, b.address, b.port, MIN(b.leaf) AS certificate, MIN(n.successor) AS successor, MIN(n.issued) AS issued, MIN(b.reason) AS reason
FROM scope_binding AS b
CROSS JOIN moment AS m
LEFT JOIN judged_policy AS p ON p.tier = b.tier
LEFT JOIN (
  SELECT x.certificate, MIN(x.not_before) AS issued, MIN(x.successor) AS successor
  FROM successor AS x LEFT JOIN revocation_state AS r ON r.certificate = x.successor
  WHERE x.same_names AND COALESCE(NOT r.revoked, TRUE)
  GROUP BY x.certificate
) AS n ON n.certificate = b.leaf
LEFT JOIN closed AS w ON w.kind = 'certificates'
GROUP BY b.name, b.address, b.port, b.tier, b.owner
