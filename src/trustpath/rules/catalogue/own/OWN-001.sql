-- id: OWN-001
-- title: Certificate without an owner
-- says: The certificate {subject} of {label} has no owner[ but the mailbox {mailbox}, behind which no declared
--   person or team stands].
-- subject: certificate (SHA-256); the organisation where no owner of anything is declared
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: C O
-- source: catalogue F.OWN
-- csf: GV.RR-02, ID.AM-02
-- nhi: NHI1:2025
-- missing: ownership
-- remediation: Declare its service, or who owns the certificate or its names (ownership).
-- Live certificates of the inventory. Owned by a pattern of kind certificate or name, or by the service of
-- one of its names. The owner of a zone answers for its records, which leaves open who answers for a
-- certificate there: unknown. A mail address that no declared owner with people or another contact
-- stands behind is only a mailbox.
WITH mine AS (
  SELECT n.certificate, MIN(n.claim) AS claim, MIN(n.owner) AS fallback FROM scope_certificate_name AS n GROUP BY n.certificate
),
person AS (
  SELECT o.id FROM owner AS o WHERE o.members > 0 OR NOT o.team
  UNION SELECT c.owner FROM owner_contact AS c WHERE substr(c.contact, 1, 7) <> 'mailto:'
)
SELECT s.certificate AS subject, s.tier, s.owner,
  CASE
    WHEN s.owner IS NOT NULL AND (instr(s.owner, '@') = 0 OR p.id IS NOT NULL) THEN CASE WHEN d.whole OR instr(s.owner, '@') = 0 THEN TRUE END
    WHEN NOT d.whole THEN NULL
    WHEN s.owner IS NOT NULL THEN FALSE
    WHEN m.fallback IS NOT NULL THEN NULL
    ELSE FALSE
  END AS holds,
  s.label, CASE WHEN instr(s.owner, '@') > 0 AND p.id IS NULL THEN s.owner END AS mailbox,
  m.fallback AS record_owner, CAST(NULL AS BIGINT) AS certificates
FROM certificate_state AS s
CROSS JOIN declared AS d
LEFT JOIN mine AS m ON m.certificate = s.certificate
LEFT JOIN person AS p ON p.id = s.owner
WHERE s.live AND s.stored AND NOT s.is_ca AND d.statements > 0
UNION ALL
SELECT COALESCE(o.name, 'organisation'), COALESCE(o.default_tier, 'public'), NULL, NULL, NULL, CAST(NULL AS TEXT), NULL, c.certificates
FROM (SELECT COUNT(*) AS certificates FROM certificate_state WHERE live AND stored AND NOT is_ca) AS c
CROSS JOIN declared AS d
LEFT JOIN organisation AS o ON TRUE
WHERE c.certificates > 0 AND d.statements = 0
