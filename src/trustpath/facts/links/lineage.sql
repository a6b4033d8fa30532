-- What every name inherits from the tree above it: the enclosing zone (apex) with its coverage, a
-- delegation that leads away from it (cut: an NS owner below the apex whose zone we do not hold),
-- the closest encloser (RFC 4592), and the owners that patterns give, `*` from the root on. One pass
-- from the root down over the names that have children or carry something (the trunk); all others
-- take their parent's values.
-- index: name
WITH RECURSIVE
mark AS (
  SELECT parent AS name FROM domain
  UNION SELECT apex FROM zone
  UNION SELECT name FROM rrset WHERE type = 'NS' AND NOT wildcard
  UNION SELECT base FROM ownership
),
trunk AS (
  SELECT d.name, d.parent, z.apex, z.whole,
    CASE WHEN z.apex IS NULL AND n.name IS NOT NULL THEN d.name END AS cut,
    e.depth,
    c.zone_self, c.zone_pass, c.record_self, c.record_pass, c.name_self, c.name_pass,
    c.certificate_self, c.certificate_pass
  FROM domain AS d
  JOIN mark AS m ON m.name = d.name
  LEFT JOIN (SELECT apex, MIN(CASE WHEN "full" THEN 1 ELSE 0 END) AS whole FROM zone GROUP BY apex) AS z ON z.apex = d.name
  LEFT JOIN (SELECT DISTINCT name FROM rrset WHERE type = 'NS' AND NOT wildcard) AS n ON n.name = d.name
  LEFT JOIN existing AS e ON e.name = d.name
  LEFT JOIN claim AS c ON c.base = d.name
),
down(name, apex, whole, cut, encloser, existing, zone_self, zone_pass, record_self, record_pass,
     name_self, name_pass, certificate_self, certificate_pass) AS (
  SELECT CAST('' AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS INTEGER), CAST(NULL AS TEXT), CAST(NULL AS TEXT),
    CAST(NULL AS TEXT), c.zone_self, c.zone_pass, c.record_self, c.record_pass,
    c.name_self, c.name_pass, c.certificate_self, c.certificate_pass
  FROM (SELECT '' AS root) AS r LEFT JOIN claim AS c ON c.base = r.root
  UNION ALL
  SELECT t.name,
    COALESCE(t.apex, d.apex),
    CASE WHEN t.apex IS NOT NULL THEN t.whole ELSE d.whole END,
    CASE WHEN t.apex IS NOT NULL THEN NULL ELSE COALESCE(d.cut, t.cut) END,
    CASE WHEN t.apex IS NOT NULL OR t.depth = length(COALESCE(d.apex, '')) THEN t.name ELSE d.encloser END,
    CASE WHEN t.apex IS NOT NULL OR t.depth = length(COALESCE(d.apex, '')) THEN t.name END,
    COALESCE(t.zone_self, d.zone_pass), COALESCE(t.zone_pass, d.zone_pass),
    COALESCE(t.record_self, d.record_pass), COALESCE(t.record_pass, d.record_pass),
    COALESCE(t.name_self, d.name_pass), COALESCE(t.name_pass, d.name_pass),
    COALESCE(t.certificate_self, d.certificate_pass), COALESCE(t.certificate_pass, d.certificate_pass)
  FROM down AS d JOIN trunk AS t ON t.parent = d.name
)
SELECT name, apex, whole = 1 AS whole, cut, encloser, existing IS NOT NULL AS existing,
  zone_self AS zone_owner, record_self AS record_owner, name_self AS name_owner,
  certificate_self AS certificate_owner
FROM down
WHERE name <> ''
UNION ALL
SELECT d.name, p.apex, p.whole = 1, p.cut, COALESCE(e.name, p.encloser), e.name IS NOT NULL,
  p.zone_pass, p.record_pass, p.name_pass, p.certificate_pass
FROM domain AS d
JOIN down AS p ON p.name = d.parent
LEFT JOIN existing AS e ON e.name = d.name AND e.depth = length(COALESCE(p.apex, ''))
LEFT JOIN mark AS m ON m.name = d.name
WHERE m.name IS NULL
