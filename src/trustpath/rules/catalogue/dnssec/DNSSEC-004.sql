-- id: DNSSEC-004
-- title: Policy records in an unsigned zone
-- subject: zone
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z
-- source: catalogue F.DNSSEC; RFC 8659 5.1, RFC 6698 4.1, RFC 4255 2.4
-- csf: PR.DS-02, ID.RA-06
-- missing: resolution
-- remediation: Sign the zone, so that nobody on the way can take these records away or change them.
-- Whether to sign is one decision for a zone and what lies below: a zone of ours below one of ours that
-- holds such records and is unsigned itself is no subject of its own. A CAA set is of use without
-- signatures too, so it alone makes no subject of a zone of which nobody knows whether it is signed;
-- TLSA, SSHFP and standing grants do.
SELECT z.apex AS subject, z.tier, z.owner, d.secure AS holds,
  p.types, p.example
FROM (
  SELECT zone, COUNT(DISTINCT type) AS types, MIN(type || ' at ' || name) AS example, MAX(relies) AS relies FROM (
    SELECT zone, type, name, CASE WHEN type = 'CAA' THEN 0 ELSE 1 END AS relies FROM rrset WHERE type IN ('CAA', 'TLSA', 'SSHFP')
    UNION ALL SELECT zone, 'TXT', name, 1 FROM persist
  ) AS bound GROUP BY zone
) AS p
JOIN scope_zone AS z ON z.apex = p.zone
JOIN dnssec_state AS d ON d.name = p.zone
LEFT JOIN domain AS u ON u.name = p.zone
LEFT JOIN node AS a ON a.name = u.parent AND a.cut IS NULL
LEFT JOIN dnssec_state AS e ON e.name = a.apex AND e.secure = FALSE
LEFT JOIN (
  SELECT zone FROM rrset WHERE type IN ('CAA', 'TLSA', 'SSHFP') UNION SELECT zone FROM persist
) AS above ON above.zone = e.name
WHERE (p.relies = 1 OR d.secure IS NOT NULL) AND above.zone IS NULL
