-- id: REV-009
-- title: Old certificate left valid after a forced rekey
-- says: The key of {name} was replaced ({reason}), but the old certificate {subject} is valid until {not_after}
--   and not revoked.
-- subject: certificate whose key had to change
-- severity: public=medium partner=medium internal=medium workload=medium
-- gate: observe
-- inputs: C H
-- source: catalogue F.wave2
-- csf: RS.MI-02, PR.AA-01
-- nhi: NHI1:2025, NHI2:2025
-- missing: revocation
-- remediation: Have the predecessor revoked.
-- A key that changed because of a suspicion or because somebody left is still good to whoever has a
-- copy, for as long as its certificate is valid.
SELECT k.certificate AS subject, COALESCE(s.tier, o.default_tier, 'public') AS tier, s.owner,
  CASE
    WHEN r.revoked THEN TRUE
    WHEN s.not_after < m.now THEN TRUE
    WHEN r.revoked = FALSE THEN FALSE
  END AS holds,
  CASE WHEN s.certificate IS NULL THEN 'certificates' ELSE 'revocation' END AS missing,
  k.reason, s.label AS name, s.not_after
FROM (
  SELECT certificate, MIN(reason) AS reason FROM rekey WHERE reason IN ('suspicion', 'staff-exit') GROUP BY certificate
) AS k
CROSS JOIN moment AS m
LEFT JOIN certificate_state AS s ON s.certificate = k.certificate
LEFT JOIN revocation_state AS r ON r.certificate = k.certificate
LEFT JOIN organisation AS o ON TRUE
