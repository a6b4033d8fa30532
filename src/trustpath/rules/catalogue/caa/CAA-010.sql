-- id: CAA-010
-- title: Critical property that CAs do not know
-- says: The CAA set at {subject} has the critical property {tag} (flags {flags}), which CAs do not know, so
--   none of them may issue.
-- subject: name of the CAA set
-- severity: public=high partner=high internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: catalogue F.CAA; RFC 8659 4.1
-- csf: PR.PS-01, ID.RA-07
-- missing: policy
-- decides: ask the CA whether it knows the property
-- remediation: Clear the critical flag or remove the property; as it stands it blocks every CA.
-- Bit 128 is the critical flag; at least one large CA reads bit 1 as the same, so it counts too. A critical property that
-- only some CAs know is unknown.
SELECT c.name AS subject, c.tier, c.owner,
  CASE
    WHEN MAX(CASE WHEN c.critical AND t.tag IS NULL THEN 1 ELSE 0 END) = 0
      THEN CASE WHEN MAX(CASE WHEN c.tag NOT IN ('issue', 'issuewild') THEN c.doubt END) IS NULL THEN TRUE END
    WHEN k.tags > 0 THEN FALSE
  END AS holds,
  MIN(CASE WHEN c.critical AND t.tag IS NULL THEN c.tag END) AS tag,
  MIN(CASE WHEN c.critical AND t.tag IS NULL THEN c.flags END) AS flags
FROM scope_caa AS c
CROSS JOIN (SELECT COUNT(*) AS tags FROM known_ca_tag) AS k
LEFT JOIN known_ca_tag AS t ON t.tag = c.tag
GROUP BY c.name, c.tier, c.owner, k.tags
