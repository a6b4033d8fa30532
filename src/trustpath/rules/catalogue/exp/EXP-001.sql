-- id: EXP-001
-- title: Expired certificate in service
-- says: {name} at {address}:{port} serves a certificate ({certificate}) that expired on {not_after}.
-- subject: name at an address and port
-- severity: public=critical partner=critical internal=high workload=high
-- gate: observe
-- inputs: E C
-- source: catalogue F.EXP; RFC 5280 4.1.2.5
-- csf: ID.AM-08, DE.CM-09, RS.MI-01
-- nhi: NHI1:2025, NHI7:2025
-- missing: endpoints
-- remediation: Deploy the successor if one exists, else issue at once; open an incident if clients failed.
-- What counts is what the address serves now, not what the inventory thinks it serves. A port
-- that nobody looked at, or that served nothing to one of those who looked, is unknown.
SELECT b.name || ' ' || b.address || ':' || b.port AS subject, b.tier, b.owner,
  CASE WHEN MIN(b.not_after) < m.now THEN FALSE WHEN COUNT(b.not_after) = COUNT(*) THEN TRUE END AS holds,
  b.name, b.address, b.port,
  COALESCE(MIN(CASE WHEN b.not_after < m.now THEN b.leaf END), MIN(b.leaf)) AS certificate, MIN(b.not_after) AS not_after, MIN(b.reason) AS reason
FROM scope_binding AS b
CROSS JOIN moment AS m
GROUP BY b.name, b.address, b.port, b.tier, b.owner, m.now
