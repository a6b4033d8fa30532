-- id: KEY-003
-- title: Key reuse across services or environments
-- says: The key {subject} of {name}[ and {other_name}] is shared[ by the services {service} and
--   {other_service}][ between the environments {environment} and {other_environment}].
-- subject: public key (SHA-256 of the SPKI)
-- severity: public=high partner=high internal=high workload=high
-- gate: gate
-- inputs: C O
-- source: catalogue F.KEY
-- csf: PR.IR-01, PR.AA-01
-- nhi: NHI8:2025, NHI9:2025
-- missing: complete
-- remediation: Give each service and environment its own key; reissue all but one.
-- "No other certificate has this key" can only be said when the inventory is claimed to be
-- complete; until then a key seen in one service is unknown, not a pass.
-- So is one that a certificate without DNS names has as well: nobody says whose that is.
SELECT n.spki AS subject, t.tier, MIN(n.certificate_owner) AS owner,
  CASE
    WHEN MIN(n.service) <> MAX(n.service) OR MIN(n.environment) <> MAX(n.environment) THEN FALSE
    WHEN MIN(CASE WHEN w.closed THEN 1 ELSE 0 END) = 1 AND COUNT(n.service) = COUNT(*)
      AND COUNT(DISTINCT n.certificate) = MIN(h.holders) THEN TRUE
  END AS holds,
  MIN(n.name) AS name, CASE WHEN MAX(n.name) <> MIN(n.name) THEN MAX(n.name) END AS other_name,
  MIN(n.service) AS service, CASE WHEN MAX(n.service) <> MIN(n.service) THEN MAX(n.service) END AS other_service,
  MIN(n.environment) AS environment, CASE WHEN MAX(n.environment) <> MIN(n.environment) THEN MAX(n.environment) END AS other_environment,
  MIN(n.certificate) AS certificate, CASE WHEN MAX(n.certificate) <> MIN(n.certificate) THEN MAX(n.certificate) END AS other_certificate,
  CASE WHEN COUNT(n.service) < COUNT(*) OR COUNT(DISTINCT n.certificate) < MIN(h.holders) THEN 'services' ELSE 'complete' END AS missing
FROM scope_certificate_name AS n
JOIN (
  SELECT s.spki, MIN(k.rank) AS rank FROM certificate_state AS s JOIN tier_rank AS k ON k.tier = s.tier GROUP BY s.spki
) AS strictest ON strictest.spki = n.spki
JOIN (SELECT spki, COUNT(*) AS holders FROM certificate_state WHERE live GROUP BY spki) AS h ON h.spki = n.spki
JOIN tier_rank AS t ON t.rank = strictest.rank
LEFT JOIN closed AS w ON w.kind = 'certificates'
WHERE n.live
GROUP BY n.spki, t.tier
