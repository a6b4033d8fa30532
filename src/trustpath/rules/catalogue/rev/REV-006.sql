-- id: REV-006
-- title: Certificate not revoked in time
-- says: The certificate {certificate} of the incident {subject} had to be revoked by {due} ({reason}) and
--   {fault}[ on {late}].
-- subject: incident with a revocation clock
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: R H
-- source: catalogue F.REV; BR 4.9.1.1
-- csf: RS.MA-04, RS.CO-02
-- missing: revocation
-- remediation: Escalate to the CA and to management.
-- The clock runs 24 hours or five days from the opening (BR 4.9.1.1). Before it has run out nothing is
-- broken; after it, only lists or answers can tell, and only those that say since when.
SELECT i.id AS subject, COALESCE(s.tier, o.default_tier, 'public') AS tier, s.owner,
  CASE
    WHEN m.now <= i.opened + i.limit_seconds THEN TRUE
    WHEN r.revoked THEN r.revoked_at <= i.opened + i.limit_seconds
    WHEN r.revoked = FALSE THEN FALSE
  END AS holds,
  CASE WHEN r.certificate IS NULL THEN 'certificates' ELSE 'revocation' END AS missing,
  CASE WHEN r.revoked = FALSE THEN 'is not' WHEN r.revoked AND r.revoked_at > i.opened + i.limit_seconds THEN 'was only' END AS fault,
  CASE WHEN r.revoked AND r.revoked_at > i.opened + i.limit_seconds THEN r.revoked_at END AS late,
  i.certificate, i.reason, i.opened, i.opened + i.limit_seconds AS due, r.revoked_at
FROM incident AS i
CROSS JOIN moment AS m
LEFT JOIN revocation_state AS r ON r.certificate = i.certificate
LEFT JOIN certificate_state AS s ON s.certificate = i.certificate
LEFT JOIN organisation AS o ON TRUE
