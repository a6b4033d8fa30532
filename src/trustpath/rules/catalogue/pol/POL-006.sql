-- id: POL-006
-- title: Zone transfer or update unauthenticated
-- says: The servers of {zone} allow a zone {operation} without authentication.
-- subject: zone and operation
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: Z E
-- source: catalogue F.wave2; RFC 8945, RFC 2136 8
-- csf: PR.AA-03, PR.IR-01
-- nhi: NHI4:2025
-- missing: declaration
-- decides: declare both operations of the zone (zone_access)
-- remediation: Allow transfers and updates only with TSIG, SIG(0) or mutual TLS.
-- Judged by what is declared of the servers. Where one operation of a zone is declared and the other
-- is not, the other is unknown; of zones without any statement there is nothing to judge.
SELECT z.zone || ' ' || q.operation AS subject, COALESCE(t.tier, o.tier, g.default_tier, 'public') AS tier, t.owner,
  a.protected = 1 AS holds, z.zone, q.operation
FROM (SELECT DISTINCT zone FROM zone_access) AS z
CROSS JOIN (SELECT 'transfer' AS operation UNION ALL SELECT 'update') AS q
LEFT JOIN (
  SELECT zone, operation, MIN(CASE WHEN protected THEN 1 ELSE 0 END) AS protected FROM zone_access GROUP BY zone, operation
) AS a ON a.zone = z.zone AND a.operation = q.operation
LEFT JOIN scope_zone AS t ON t.apex = z.zone
LEFT JOIN name_owner AS o ON o.name = z.zone
LEFT JOIN organisation AS g ON TRUE
