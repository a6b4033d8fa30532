-- id: ZONE-022
-- title: Address or mail host at a name that is no host name
-- subject: name
-- severity: public=low partner=low internal=low workload=low
-- gate: gate
-- inputs: Z O
-- source: RFC 952; RFC 1123 2.1; RFC 8552; BR 7.1.4.2.1 (no underscores)
-- csf: ID.AM-03, PR.PS-01
-- missing: declaration
-- remediation: Give the host a name of letters, digits and hyphens, and keep the old one as an alias while it is still asked for.
-- says: {subject} has {types} records, but is no host name, so no public CA certifies it and many programs refuse it.
-- Labels of host names are letters, digits and hyphens, with no hyphen at either end. Judged are owners of
-- addresses, provider aliases and mail hosts that have another label; what stands in the place of a wildcard is
-- not looked at. A label that begins with an underscore says that the name is meant for a protocol and not for a
-- host (RFC 8552): with addresses it is fine below `_msdcs` and `_spf`, which are looked up so, and where a service
-- claims it; elsewhere nobody says what it is for. With mail hosts it is as wrong as any.
SELECT n.name AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN n.odd = 1 OR n.mail = 1 THEN FALSE
    WHEN n.known = 1 OR s.name IS NOT NULL THEN TRUE
  END AS holds,
  n.types
FROM (
  SELECT r.name, r.base,
    CASE MIN(CASE WHEN r.type = 'MX' THEN 1 ELSE 0 END) + MAX(CASE WHEN r.type = 'MX' THEN 1 ELSE 0 END)
      WHEN 0 THEN 'address' WHEN 1 THEN 'address and MX' ELSE 'MX' END AS types,
    MAX(CASE WHEN r.type = 'MX' THEN 1 ELSE 0 END) AS mail,
    MAX(CASE WHEN ltrim(r.plain, 'abcdefghijklmnopqrstuvwxyz0123456789-.') <> ''
      OR instr(r.plain, '.-') > 0 OR instr(r.plain || '.', '-.') > 0 THEN 1 ELSE 0 END) AS odd,
    MAX(CASE WHEN instr('.' || r.base, '._msdcs.') > 0 OR instr('.' || r.base, '._spf.') > 0 THEN 1 ELSE 0 END) AS known
  FROM (
    SELECT name, base, type, replace('.' || base, '._', '.') AS plain FROM rrset
    WHERE type IN ('A', 'AAAA', 'MX', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS')
      AND (ltrim(base, 'abcdefghijklmnopqrstuvwxyz0123456789-.') <> '' OR instr('.' || base || '.', '.-') > 0
        OR instr(base || '.', '-.') > 0)
  ) AS r
  GROUP BY r.name, r.base
) AS n
JOIN name_owner AS o ON o.name = n.base
LEFT JOIN (SELECT DISTINCT name FROM service_name) AS s ON s.name = n.name
