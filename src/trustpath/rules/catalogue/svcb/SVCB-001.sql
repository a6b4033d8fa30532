-- id: SVCB-001
-- title: Target of a service binding lacks a certificate for the origin
-- says: Clients of {host} are led to {target} port {port}[ ({address})], which serves the certificate
--   {certificate}, and that does not cover {host}.
-- subject: origin name, and the target at an address and port
-- severity: public=high partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z E
-- source: catalogue F.SVCB; RFC 9460 9.5
-- csf: PR.AA-03, ID.RA-07
-- nhi: NHI4:2025
-- missing: endpoints
-- remediation: Put a certificate for the origin at the target first. Certificates follow the origin, not TargetName.
-- HTTPS records, and SVCB records that say their port. AliasMode leads on to the records of the
-- target where it has some, else to its addresses.
WITH answered AS (
  SELECT s.name, s.type, s.host, s.priority, s.target, s.port
  FROM svcb AS s JOIN node AS n ON n.name = s.name AND COALESCE(n.apex, s.zone) = s.zone
),
step AS (
  SELECT s.host, s.type, s.target, COALESCE(s.port, CASE WHEN s.type = 'HTTPS' THEN 443 END) AS port
  FROM answered AS s WHERE s.priority > 0
  UNION
  SELECT a.host, a.type, COALESCE(s.target, a.target), COALESCE(s.port, CASE WHEN a.type = 'HTTPS' THEN 443 END)
  FROM answered AS a
  LEFT JOIN answered AS s ON s.name = a.target AND s.type = a.type AND s.priority > 0
  WHERE a.priority = 0 AND a.target <> ''
)
SELECT t.host || ' by ' || t.target || CASE WHEN a.address IS NULL THEN '' ELSE ' ' || a.address END || ':' || t.port AS subject,
  o.tier, o.owner,
  CASE WHEN MIN(q.named) = FALSE THEN FALSE WHEN COUNT(q.named) = COUNT(*) THEN TRUE END AS holds,
  t.host, t.target, t.port, a.address,
  COALESCE(MIN(CASE WHEN q.named = FALSE THEN q.leaf END), MIN(q.leaf)) AS certificate, MIN(q.reason) AS reason,
  CASE WHEN a.address IS NULL THEN 'resolution' ELSE 'endpoints' END AS missing
FROM (SELECT DISTINCT host, target, port FROM step WHERE port IS NOT NULL) AS t
JOIN name_owner AS o ON o.name = t.host
LEFT JOIN (SELECT DISTINCT name, address, address_key FROM name_address) AS a ON a.name = t.target
LEFT JOIN served AS q ON q.name = t.host AND q.address_key = a.address_key AND q.port = t.port AND q.protocol = 'tls'
GROUP BY t.host, t.target, t.port, a.address, o.tier, o.owner
