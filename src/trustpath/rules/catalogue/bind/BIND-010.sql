-- id: BIND-010
-- title: One certificate crosses trust tiers
-- says: The certificate {subject} covers names of different tiers: {one_name} and {other_name}.
-- subject: certificate (SHA-256)
-- severity: public=high partner=high internal=medium workload=low
-- gate: gate
-- inputs: C O K
-- source: catalogue F.BIND
-- csf: PR.IR-01, PR.AA-05
-- nhi: NHI8:2025
-- missing: services
-- remediation: Split it; a certificate with public names shows its internal ones to everybody.
-- The tier of a name is that of the service that claims it; a name that no service claims has only the
-- default tier, which says nothing about it.
SELECT n.certificate AS subject, s.tier, s.owner,
  CASE
    WHEN n.mixed THEN FALSE
    WHEN n.claimed = n.names AND d.whole THEN TRUE
  END AS holds,
  s.label, n.names, n.one_name, n.other_name
FROM (
  SELECT n.certificate, COUNT(*) AS names, COUNT(n.service) AS claimed,
    MIN(CASE WHEN n.service IS NOT NULL THEN n.tier END) <> MAX(CASE WHEN n.service IS NOT NULL THEN n.tier END) AS mixed,
    MIN(CASE WHEN n.service IS NOT NULL THEN n.tier || ' ' || n.name END) AS one_name,
    MAX(CASE WHEN n.service IS NOT NULL THEN n.tier || ' ' || n.name END) AS other_name
  FROM scope_certificate_name AS n
  JOIN certificate AS c ON c.fingerprint = n.certificate AND c.names > 1
  WHERE n.live
  GROUP BY n.certificate
  HAVING COUNT(*) > 1
) AS n
JOIN certificate_state AS s ON s.certificate = n.certificate
CROSS JOIN declared AS d
