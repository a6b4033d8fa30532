-- id: DNSSEC-004
-- title: Policy records in an unsigned zone
-- says: The zone {subject} is not secured by DNSSEC, so records such as {example} can be taken away or changed
--   on the way.
-- subject: zone
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z
-- source: catalogue F.DNSSEC; RFC 8659 5.1, RFC 6698 4.1, RFC 4255 2.4
-- csf: PR.DS-02, ID.RA-06
-- missing: resolution
-- remediation: Sign the zone, so that nobody on the way can take these records away or change them.
-- TLSA, SSHFP and standing grants make any zone a subject. A CAA set is of use without signatures too: it
-- alone makes none of a zone of which nobody knows whether it is signed, nor of one below a zone of ours
-- that is insecure, where signing starts.
SELECT z.apex AS subject, z.tier, z.owner, d.secure AS holds,
  COALESCE('unsigned zones of ' || z.owner, 'unsigned zones that nobody owns') AS cause, p.types, p.example
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
WHERE p.relies = 1 OR (d.secure IS NOT NULL AND e.name IS NULL)
