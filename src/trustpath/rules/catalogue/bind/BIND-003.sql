-- id: BIND-003
-- title: SAN no longer exists in DNS
-- subject: certificate (SHA-256) and name
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z C H
-- source: catalogue F.BIND; RFC 2308 2, RFC 4592 2.2
-- csf: ID.AM-08, DE.AE-03
-- nhi: NHI1:2025
-- missing: zones
-- remediation: Leave the name out of the next certificate; revoke if the name left our control.
-- A name exists when its own records or those of the wildcard that answers for it hold an address, an
-- alias or HTTPS; an empty non-terminal does not. A wildcard exists when it or any name one level
-- below its base does. Seen in one view, or by one resolver, is enough. Absence counts after seven
-- days, of the record and of the certificate, and only in a zone that is held whole or where
-- resolvers deny the name.
WITH record AS (
  SELECT DISTINCT name, base, parent, wildcard FROM rrset
  WHERE type IN ('A', 'AAAA', 'CNAME', 'HTTPS', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS')
),
seen AS (
  SELECT name FROM answer_rdata WHERE type IN ('A', 'AAAA', 'CNAME', 'HTTPS')
  UNION SELECT owner FROM answer_alias
  UNION SELECT name FROM alias
),
below AS (
  SELECT parent AS base FROM record WHERE NOT wildcard
  UNION SELECT base FROM record WHERE wildcard
  UNION SELECT d.parent FROM seen AS s JOIN domain AS d ON d.name = s.name
),
state AS (
  SELECT n.certificate, n.name, n.base, n.tier, n.owner, n.not_before, n.label, n.held, n.present, n.apex, n.parent,
    n.wildcard, o.encloser, COALESCE(e.empty, 0) AS empty,
    CASE WHEN n.wildcard THEN b.base IS NOT NULL ELSE r.name IS NOT NULL OR s.name IS NOT NULL END AS exists_now
  FROM scope_certificate_name AS n
  JOIN node AS o ON o.name = n.base
  LEFT JOIN (SELECT DISTINCT name FROM record) AS r ON r.name = o.source
  LEFT JOIN (SELECT DISTINCT name FROM seen) AS s ON s.name = n.base
  LEFT JOIN below AS b ON b.base = n.base
  LEFT JOIN (
    SELECT name, CASE WHEN COUNT(DISTINCT type) >= 2 AND MIN(CASE WHEN outcome IN ('nodata', 'nxdomain') THEN 1 ELSE 0 END) = 1
      THEN 1 ELSE 0 END AS empty
    FROM answer WHERE type IN ('A', 'AAAA') AND COALESCE(ede, 0) NOT BETWEEN 15 AND 18 GROUP BY name
  ) AS e ON e.name = n.base
  WHERE n.live
),
lately AS (
  SELECT h.name FROM rrset_history AS h CROSS JOIN moment AS m
  WHERE h.gone_at > m.now - 604800
    AND h.type IN ('A', 'AAAA', 'CNAME', 'HTTPS', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS', 'DNAME')
  GROUP BY h.name
)
SELECT s.certificate || ' ' || s.name AS subject, s.tier, s.owner,
  CASE
    WHEN s.exists_now THEN TRUE
    WHEN NOT s.held AND (s.wildcard OR (COALESCE(s.present, TRUE) AND s.empty = 0)) THEN NULL
    WHEN s.not_before > m.now - 604800 THEN NULL
    WHEN h.name IS NOT NULL OR w.name IS NOT NULL OR v.name IS NOT NULL OR c.base IS NOT NULL THEN NULL
    ELSE FALSE
  END AS holds,
  s.label, s.apex AS zone, s.encloser,
  CASE WHEN NOT s.held AND (s.wildcard OR (COALESCE(s.present, TRUE) AND s.empty = 0)) THEN 'zones' ELSE 'history' END AS missing
FROM state AS s
CROSS JOIN moment AS m
LEFT JOIN lately AS h ON h.name = s.name
LEFT JOIN lately AS w ON w.name = '*.' || s.encloser
LEFT JOIN lately AS v ON v.name = '*.' || s.parent
LEFT JOIN (
  SELECT DISTINCT substr(name, instr(name, '.') + 1) AS base FROM lately
) AS c ON c.base = s.base AND s.wildcard
