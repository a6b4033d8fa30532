-- id: BIND-003
-- title: Name of a certificate no longer in DNS
-- says: The certificate {certificate} of {label} covers {name}, which has neither address nor alias in DNS[
--   (zone {zone})].
-- subject: certificate (SHA-256) and name
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z C H
-- source: catalogue F.BIND; RFC 2308 2, RFC 4592 2.2
-- csf: ID.AM-08, DE.AE-03
-- nhi: NHI1:2025
-- missing: zones
-- remediation: Leave the name out of the next certificate; revoke if the name left our control.
-- What counts as existing is said by the link name_in_use. Absence counts after seven days, of the
-- record and of the certificate, and only in a zone that is held whole or where resolvers deny the name.
WITH lately AS (
  SELECT h.name FROM rrset_history AS h CROSS JOIN moment AS m
  WHERE h.gone_at > m.now - 604800
    AND h.type IN ('A', 'AAAA', 'CNAME', 'HTTPS', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS', 'DNAME')
  GROUP BY h.name
)
SELECT s.certificate || ' ' || s.name AS subject, s.tier, s.owner,
  CASE
    WHEN u.in_use THEN TRUE
    WHEN NOT s.held AND (s.wildcard OR (COALESCE(s.present, TRUE) AND u.empty = 0)) THEN NULL
    WHEN s.not_before > m.now - 604800 THEN NULL
    WHEN h.name IS NOT NULL OR w.name IS NOT NULL OR v.name IS NOT NULL OR c.base IS NOT NULL THEN NULL
    ELSE FALSE
  END AS holds,
  s.certificate, s.name, s.label, s.apex AS zone, u.encloser,
  CASE WHEN NOT s.held AND (s.wildcard OR (COALESCE(s.present, TRUE) AND u.empty = 0)) THEN 'zones' ELSE 'history' END AS missing
FROM scope_certificate_name AS s
CROSS JOIN moment AS m
JOIN name_in_use AS u ON u.name = s.name
LEFT JOIN lately AS h ON h.name = s.name
LEFT JOIN lately AS w ON w.name = '*.' || u.encloser
LEFT JOIN lately AS v ON v.name = '*.' || s.parent
LEFT JOIN (
  SELECT DISTINCT substr(name, instr(name, '.') + 1) AS base FROM lately
) AS c ON c.base = s.base AND s.wildcard
WHERE s.live
