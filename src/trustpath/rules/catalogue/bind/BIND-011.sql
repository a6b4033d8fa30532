-- id: BIND-011
-- title: One certificate or key crosses environments
-- says: The key {subject}, in the certificate of {label}, is used in the environments {environment} and
--   {other_environment}.
-- subject: public key (SHA-256 of the SPKI)
-- severity: public=high partner=high internal=high workload=high
-- gate: gate
-- inputs: C E O
-- source: catalogue F.BIND
-- csf: PR.IR-01, PR.AA-01
-- nhi: NHI8:2025, NHI9:2025
-- missing: complete
-- remediation: Issue for each environment with a key of its own.
-- Counts the environments of all names in live certificates with the key, of the names it is served
-- for, and of the services at whose declared endpoints it is served. A key of which no
-- environment is known is no subject. That it is nowhere else takes complete certificates and endpoints.
WITH place AS (
  SELECT n.spki, n.environment, n.tier, 1 AS named FROM scope_certificate_name AS n WHERE n.live
  UNION ALL
  SELECT DISTINCT c.spki, o.environment, o.tier, 0 FROM presentation AS b
  JOIN name_owner AS o ON o.name = b.server_name
  JOIN certificate_state AS c ON c.certificate = b.leaf WHERE c.live AND o.environment IS NOT NULL
  UNION ALL
  SELECT DISTINCT c.spki, v.environment, v.tier, 0 FROM presentation AS q
  JOIN service_endpoint AS e ON e.address_key = q.address_key AND e.port = q.port
  JOIN service AS v ON v.id = e.service
  JOIN certificate_state AS c ON c.certificate = q.leaf
  WHERE c.live AND v.environment IS NOT NULL
),
found AS (
  SELECT p.spki, COUNT(DISTINCT p.environment) AS environments, MIN(p.environment) AS one, MAX(p.environment) AS other,
    COUNT(CASE WHEN p.named = 1 AND p.environment IS NULL THEN 1 END) AS unplaced, MIN(k.rank) AS rank
  FROM place AS p JOIN tier_rank AS k ON k.tier = p.tier
  GROUP BY p.spki
)
SELECT f.spki AS subject, t.tier, o.owner,
  CASE WHEN f.environments > 1 THEN FALSE WHEN f.unplaced = 0 AND w.closed AND e.closed AND d.whole THEN TRUE END AS holds,
  f.one AS environment, CASE WHEN f.other <> f.one THEN f.other END AS other_environment, o.label,
  CASE WHEN f.unplaced > 0 THEN 'services' ELSE 'complete' END AS missing
FROM found AS f
JOIN tier_rank AS t ON t.rank = f.rank
JOIN (SELECT spki, MIN(owner) AS owner, MIN(label) AS label FROM certificate_state WHERE live GROUP BY spki) AS o ON o.spki = f.spki
CROSS JOIN declared AS d
LEFT JOIN closed AS w ON w.kind = 'certificates'
LEFT JOIN closed AS e ON e.kind = 'endpoints'
WHERE f.environments > 0
