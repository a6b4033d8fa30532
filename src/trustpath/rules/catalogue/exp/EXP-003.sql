-- id: EXP-003
-- title: Renewal overdue
-- says: The renewal of the certificate {subject} is overdue: it is in use since {not_before} and expires on
--   {not_after}[; the CA's window for it ended on {window_ends}].
-- subject: leaf certificate
-- severity: public=medium partner=medium internal=medium workload=high
-- gate: observe
-- inputs: C P K
-- source: catalogue F.EXP; RFC 9773 4.2
-- csf: ID.AM-08, DE.CM-09, PR.PS-01
-- nhi: NHI7:2025
-- missing: endpoints
-- remediation: Read the client's log and its last order error, and check CAA and challenge records.
-- Renewal is due at two thirds of the lifetime (half for certificates of ten days and less) and
-- overdue a twentieth later. A window that the CA suggested extends this; one that ended early is what
-- REV-008 looks at, so that a silent feed of windows never turns a failure into a pass. Any successor
-- shows that renewal happened, revoked or not. A certificate that is neither served nor the business
-- of a job may be an old copy.
SELECT c.label || ' ' || c.certificate AS subject, c.tier, c.owner,
  CASE
    WHEN n.certificate IS NOT NULL THEN TRUE
    WHEN c.lifetime > 864000 AND 60 * (m.now - c.not_before) <= 43 * c.lifetime THEN TRUE
    WHEN c.lifetime <= 864000 AND 20 * (m.now - c.not_before) <= 11 * c.lifetime THEN TRUE
    WHEN m.now <= a.ends THEN TRUE
    WHEN c.names = 0 THEN NULL
    WHEN c.served OR j.certificate IS NOT NULL OR k.certificate IS NOT NULL THEN FALSE
    WHEN w.closed AND v.closed THEN TRUE
  END AS holds,
  CASE WHEN c.names = 0 THEN 'certificates' ELSE 'endpoints' END AS missing,
  c.not_before, c.not_after, a.ends AS window_ends
FROM scope_certificate AS c
CROSS JOIN moment AS m
LEFT JOIN (SELECT DISTINCT certificate FROM successor) AS n ON n.certificate = c.certificate
LEFT JOIN (SELECT certificate, MAX(ends) AS ends FROM renewal_info GROUP BY certificate) AS a ON a.certificate = c.certificate
LEFT JOIN (SELECT DISTINCT certificate FROM job WHERE active) AS j ON j.certificate = c.certificate
LEFT JOIN (
  SELECT DISTINCT x.certificate FROM certificate_name AS x
  JOIN job_name AS y ON y.name = x.name JOIN job AS z ON z.id = y.job WHERE z.active
) AS k ON k.certificate = c.certificate
LEFT JOIN closed AS w ON w.kind = 'endpoints'
LEFT JOIN closed AS v ON v.kind = 'jobs'
WHERE c.live AND (c.stored OR c.served)
