-- id: BIND-017
-- title: Workload identity without a declared workload
-- says: The client certificate {certificate} identifies {identity}, a workload that {fault}.
-- subject: client certificate (SHA-256) and identity
-- severity: public=- partner=high internal=high workload=high
-- gate: observe
-- inputs: C O
-- source: catalogue F.BIND; SPIFFE ID and X.509-SVID, RFC 5280 4.2.1.6
-- csf: PR.AA-01, PR.AA-05
-- nhi: NHI1:2025, NHI5:2025
-- missing: declaration
-- decides: declare the workload (workloads), and claim the workloads complete
-- remediation: Disable whatever maps the identity to rights, and end its registration.
-- Identities are the URI names of client certificates, SPIFFE IDs in any certificate, and the subject of
-- certificates that are for clients only and have no URI, which a workload may also be declared by
-- one of its other names. One that no workload has is unknown unless the workloads are claimed to be
-- all there are.
WITH uri AS (
  SELECT n.certificate, n.name AS identity FROM certificate_name AS n
  JOIN certificate AS c ON c.fingerprint = n.certificate
  WHERE n.kind = 'uri' AND NOT c.is_ca AND (c.client_auth OR substr(n.name, 1, 9) = 'spiffe://')
),
plain AS (
  SELECT c.fingerprint AS certificate, c.subject AS identity FROM certificate AS c
  LEFT JOIN (SELECT DISTINCT certificate FROM certificate_name WHERE kind = 'uri') AS u ON u.certificate = c.fingerprint
  WHERE c.client_auth AND NOT c.server_auth AND NOT c.is_ca AND u.certificate IS NULL
),
known AS (
  SELECT u.certificate, u.identity, w.active, w.service FROM uri AS u JOIN workload AS w ON w.identity = u.identity
  UNION SELECT p.certificate, p.identity, w.active, w.service FROM plain AS p JOIN workload AS w ON w.identity = p.identity
  UNION
  SELECT p.certificate, p.identity, w.active, w.service FROM plain AS p
  JOIN certificate_name AS n ON n.certificate = p.certificate JOIN workload AS w ON w.identity = n.name
),
mapped AS (
  SELECT k.certificate, k.identity, MAX(k.active) AS active, MIN(k.service) AS service FROM known AS k GROUP BY k.certificate, k.identity
)
SELECT i.certificate || ' ' || i.identity AS subject,
  COALESCE(v.tier, CASE WHEN s.tiers > 0 THEN s.tier ELSE 'workload' END) AS tier, COALESCE(v.owner, s.owner) AS owner,
  CASE WHEN m.active THEN TRUE WHEN m.active = FALSE THEN FALSE WHEN k.closed AND d.whole THEN FALSE END AS holds,
  i.certificate, i.identity,
  CASE WHEN m.active = FALSE THEN 'no longer runs' WHEN m.active IS NULL THEN 'nobody declares' END AS fault,
  m.service, m.active AS active, s.not_after
FROM (SELECT certificate, identity FROM uri UNION SELECT certificate, identity FROM plain) AS i
JOIN certificate_state AS s ON s.certificate = i.certificate
CROSS JOIN declared AS d
LEFT JOIN closed AS k ON k.kind = 'workloads'
LEFT JOIN mapped AS m ON m.certificate = i.certificate AND m.identity = i.identity
LEFT JOIN service AS v ON v.id = m.service
WHERE s.live
