-- Who could get a certificate for a name of a service: by which BR method, through control of
-- which owner name and type (standards D.5, E.12). `control` may lie outside what we hold, or in a zone that
-- is delegated to another owner (`outside`, see lent_name): then somebody else has that power. For mail
-- that is the mail host. Schemes that an estate adds count as method 7.
-- index: name
WITH RECURSIVE
subject AS (SELECT DISTINCT base AS name FROM service_name UNION SELECT DISTINCT base FROM job_name),
climb(name, here) AS (
  SELECT name, name FROM subject
  UNION
  SELECT c.name, d.parent FROM climb AS c JOIN domain AS d ON d.name = c.here
  LEFT JOIN zone_suffix AS s ON s.name = d.parent
  WHERE d.parent <> '' AND s.name IS NULL
),
power AS (
  SELECT name, here AS record, here AS control, 'TXT' AS type, 'br-7' AS method FROM climb
  UNION ALL SELECT name, here, here, 'MX', 'br-4' FROM climb
  UNION ALL SELECT name, here, here, 'TXT', 'br-22' FROM climb
  UNION ALL SELECT name, here, here, 'CAA', 'br-13' FROM climb
  UNION ALL SELECT c.name, l.name, l.target, 'MX', 'br-4' FROM climb AS c JOIN lent_name AS l ON l.name = c.here AND l.kind = 'MX'
  UNION ALL SELECT r.name, r.name, COALESCE(r.final, r.name), 'A', 'http-01' FROM resolution AS r JOIN subject AS s ON s.name = r.name
  UNION ALL SELECT t.name, t.name, t.target, 'A', 'http-01' FROM alias_through AS t JOIN subject AS s ON s.name = t.name
  UNION ALL SELECT r.name, r.name, r.final, 'TXT', 'br-7' FROM canonical_name AS r JOIN subject AS s ON s.name = r.name WHERE r.final IS NOT NULL
  UNION ALL SELECT c.name, v.name, COALESCE(r.final, v.name), 'TXT',
      CASE WHEN v.scheme IN ('acme-dns', 'acme-dns-account', 'underscore') THEN 'dns-01' ELSE 'br-7' END
    FROM climb AS c JOIN validation_name AS v ON v.base = c.here
    LEFT JOIN resolution AS r ON r.name = v.name
    WHERE v.scheme NOT IN ('persist', 'contact-email', 'contact-phone', 'acm', 'sectigo', 'ssl.com', 'digicert', 'globalsign', 'cloudflare', 'fastly')
)
SELECT DISTINCT p.name, p.method, p.control, p.type,
  COALESCE(n.apex IS NULL OR n.cut IS NOT NULL, TRUE) OR l.name IS NOT NULL AS outside
FROM power AS p
LEFT JOIN node AS n ON n.name = p.control
LEFT JOIN (SELECT DISTINCT name, target FROM lent_name WHERE outside OR tenant IS NOT NULL) AS l ON l.name = p.record AND l.target = p.control
