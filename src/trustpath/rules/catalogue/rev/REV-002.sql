-- id: REV-002
-- title: Valid certificate for a name that we lost
-- says: {subject} went to {current_holder} on {moved_at}, but certificates of ours for it are valid still
--   ({certificates}), such as {certificate}.
-- subject: name that left the organisation
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: gate
-- inputs: C O V
-- source: catalogue F.REV; BR 4.9.1.1
-- csf: ID.AM-08, PR.AA-01
-- nhi: NHI1:2025
-- missing: complete
-- remediation: Have the certificate revoked (cessationOfOperation) and deactivate the authorizations for the
--   name.
-- A declared transfer names the former and the current holder; a name is lost when the former is an
-- owner of ours and the current is neither an owner nor a provider of ours. Certificates for it and
-- all below it count. That none is left needs a complete inventory; registrar data is not consulted.
WITH RECURSIVE below(base, name) AS (
  SELECT base, base FROM name_transfer
  UNION
  SELECT b.base, d.name FROM below AS b JOIN domain AS d ON d.parent = b.name
),
lost AS (
  SELECT t.base, MAX(t."at") AS moved_at, MIN(t.current) AS current_holder,
    MIN(CASE WHEN f.id IS NOT NULL THEN 1 ELSE 0 END) AS ours
  FROM name_transfer AS t
  CROSS JOIN moment AS m
  LEFT JOIN owner AS f ON f.id = t.former
  LEFT JOIN owner AS n ON n.id = t.current
  LEFT JOIN provider AS p ON p.id = t.current
  WHERE t."at" <= m.now AND n.id IS NULL AND p.id IS NULL
  GROUP BY t.base
)
SELECT l.base AS subject, COALESCE(o.tier, g.default_tier, 'public') AS tier, o.owner,
  CASE
    WHEN l.ours = 0 THEN NULL
    WHEN c.certificates > 0 THEN FALSE
    WHEN w.closed THEN TRUE
  END AS holds,
  CASE WHEN l.ours = 0 THEN 'ownership' ELSE 'complete' END AS missing,
  l.current_holder, l.moved_at, c.certificates, c.example AS certificate
FROM lost AS l
LEFT JOIN (
  SELECT b.base, COUNT(DISTINCT n.certificate) AS certificates, MIN(n.certificate) AS example
  FROM below AS b
  JOIN certificate_name AS n ON n.base = b.name AND n.kind = 'dns'
  JOIN certificate_state AS s ON s.certificate = n.certificate
  WHERE s.live AND NOT s.is_ca
  GROUP BY b.base
) AS c ON c.base = l.base
LEFT JOIN name_owner AS o ON o.name = l.base
LEFT JOIN organisation AS g ON TRUE
LEFT JOIN closed AS w ON w.kind = 'certificates'
