-- Each name server of each zone cut: whether the parent side lists it and whether the child's own
-- apex does (NULL where that side is not held). Parent and child must agree (RFC 1034 4.2.2).
-- index: child; server
SELECT s.child, s.server, p.apex AS parent_zone, s.child_held,
  CASE WHEN p.apex IS NOT NULL THEN MAX(s.parent_side) = 1 END AS in_parent,
  CASE WHEN s.child_held THEN MAX(s.child_side) = 1 END AS in_child
FROM (
  SELECT r.name AS child, r.target AS server, CASE WHEN r.zone = r.name THEN 0 ELSE 1 END AS parent_side,
    CASE WHEN r.zone = r.name THEN 1 ELSE 0 END AS child_side, z.apex IS NOT NULL AS child_held
  FROM rdata AS r
  LEFT JOIN (SELECT DISTINCT apex FROM zone WHERE "full") AS z ON z.apex = r.name
  WHERE r.type = 'NS' AND substr(r.name, 1, 2) <> '*.'
) AS s
LEFT JOIN domain AS d ON d.name = s.child
LEFT JOIN node AS n ON n.name = d.parent
LEFT JOIN (SELECT DISTINCT apex FROM zone WHERE "full") AS p ON p.apex = n.apex AND n.cut IS NULL
GROUP BY s.child, s.server, p.apex, s.child_held
