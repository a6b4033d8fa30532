-- Which leaf certificate can take the place of which: in force now, stored or served, ends later
-- and covers every usable name of the other (RFC 9525 section 6.3). The CA need not be the same.
-- Asked only of certificates that are served or in the last part of their life, from when on renewals
-- are due (two thirds, half for ten days and less), or whose CA suggests a window. `same_names`: its names are exactly those of the other, so that it is a renewal and not merely a
-- wildcard that happens to cover. Revocation is left to revocation_state.
-- index: certificate
WITH pool AS (
  SELECT s.certificate, s.not_before, s.not_after, s.stored, s.served, s.spki,
    s.not_before <= m.now AND s.not_after >= m.now AS in_force,
    s.served OR 3 * (m.now - s.not_before) >= 2 * s.lifetime
      OR (s.lifetime <= 864000 AND 2 * (m.now - s.not_before) >= s.lifetime)
      OR r.certificate IS NOT NULL AS due
  FROM certificate_state AS s CROSS JOIN moment AS m
  LEFT JOIN (SELECT DISTINCT certificate FROM renewal_info) AS r ON r.certificate = s.certificate
  WHERE NOT s.is_ca AND (s.stored OR s.served) AND (s.served OR s.not_after >= m.now)
),
need AS (
  SELECT n.certificate, COUNT(*) AS names FROM certificate_name AS n
  JOIN pool AS p ON p.certificate = n.certificate WHERE n.usable GROUP BY n.certificate
),
pair AS (
  SELECT n.certificate, o.certificate AS successor, n.name, 1 AS same
  FROM pool AS a
  JOIN certificate_name AS n ON n.certificate = a.certificate
  JOIN certificate_name AS o ON o.name = n.name AND o.kind = n.kind
  JOIN pool AS b ON b.certificate = o.certificate
  WHERE n.usable AND o.usable AND a.due AND b.in_force AND b.not_after > a.not_after
  UNION ALL
  SELECT n.certificate, o.certificate, n.name, 0
  FROM pool AS a
  JOIN certificate_name AS n ON n.certificate = a.certificate
  JOIN certificate_name AS o ON o.base = n.parent
  JOIN pool AS b ON b.certificate = o.certificate
  WHERE n.kind = 'dns' AND NOT n.wildcard AND n.usable AND o.kind = 'dns' AND o.wildcard AND o.usable
    AND a.due AND b.in_force AND b.not_after > a.not_after
)
SELECT p.certificate, p.successor, b.not_before, b.not_after, b.spki, b.stored, b.served,
  SUM(p.same) = w.names AND v.names = w.names AS same_names
FROM pair AS p
JOIN need AS w ON w.certificate = p.certificate
JOIN need AS v ON v.certificate = p.successor
JOIN pool AS b ON b.certificate = p.successor
GROUP BY p.certificate, p.successor, b.not_before, b.not_after, b.spki, b.stored, b.served, w.names, v.names
HAVING COUNT(DISTINCT p.name) = w.names
