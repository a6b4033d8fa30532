-- id: CT-007
-- title: Look-alike name
-- says: The domain {lookalike} resembles {protected}, and {issuer} issued a certificate for {name}.
-- subject: look-alike and protected domain, or protected domain without one
-- severity: public=medium partner=medium internal=- workload=-
-- gate: observe
-- inputs: T K
-- source: catalogue F.CT
-- csf: DE.AE-07, ID.RA-03
-- missing: complete
-- remediation: Look at it; if it imitates you, have it taken down.
-- Protected are the domains that the organisation declares, of at least eight characters, since short ones
-- resemble too much. Alike is a registered domain in the logs, not ours, that looks the same once
-- characters which are easily confused are made one (0 o, 1 i l, 5 s, rn m, vv w, hyphens), or that is one
-- insertion, deletion, substitution or swap of neighbours away. All single deletions of both sides are
-- compared by equality, so that no pair of domains needs a distance. Internationalised labels are
-- compared in their A-label form only, so a homograph in another script is not found here.
WITH RECURSIVE
place(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM place WHERE n < 253),
brand AS (
  SELECT DISTINCT base AS name, length(base) AS size,
    replace(replace(replace(replace(replace(replace(replace(base, 'rn', 'm'), 'vv', 'w'), '0', 'o'), '1', 'l'), 'i', 'l'), '5', 's'), '-', '')
      AS skeleton
  FROM owned_domain WHERE length(base) >= 8 AND instr(base, '.') > 0
),
span AS (SELECT MIN(size) - 1 AS low, MAX(size) + 1 AS high FROM brand),
candidate AS (
  SELECT n.registered AS name, length(n.registered) AS size, MIN(n.name) AS example, MIN(e.issuer) AS issuer,
    replace(replace(replace(replace(replace(replace(replace(n.registered, 'rn', 'm'), 'vv', 'w'), '0', 'o'), '1', 'l'), 'i', 'l'), '5', 's'), '-', '')
      AS skeleton
  FROM ct_name AS n
  JOIN ct_entry AS e ON e.log = n.log AND e.entry = n.entry
  CROSS JOIN moment AS m
  LEFT JOIN owned_name AS o ON o.name = n.registered
  LEFT JOIN (SELECT DISTINCT registered FROM zone) AS z ON z.registered = n.registered
  WHERE e.not_after >= m.now AND o.name IS NULL AND z.registered IS NULL AND n.registered <> ''
  GROUP BY n.registered
),
near AS (SELECT c.name, c.size FROM candidate AS c JOIN span AS s ON c.size >= s.low AND c.size <= s.high),
brand_cut AS (
  SELECT b.name, b.size, p.n, substr(b.name, 1, p.n - 1) || substr(b.name, p.n + 1) AS text
  FROM brand AS b JOIN place AS p ON p.n <= b.size
),
near_cut AS (
  SELECT c.name, c.size, p.n, substr(c.name, 1, p.n - 1) || substr(c.name, p.n + 1) AS text
  FROM near AS c JOIN place AS p ON p.n <= c.size
),
alike AS (
  SELECT c.name, b.name AS brand FROM candidate AS c JOIN brand AS b ON b.skeleton = c.skeleton
  UNION SELECT c.name, b.name FROM near AS c JOIN brand_cut AS b ON b.text = c.name
  UNION SELECT c.name, b.name FROM near_cut AS c JOIN brand AS b ON b.name = c.text
  UNION SELECT c.name, b.name FROM near_cut AS c JOIN brand_cut AS b ON b.text = c.text
    WHERE b.n - c.n IN (-1, 0, 1)
)
SELECT a.name || ' like ' || a.brand AS subject, COALESCE(o.default_tier, 'public') AS tier, CAST(NULL AS TEXT) AS owner,
  FALSE AS holds, a.name AS lookalike, a.brand AS protected, c.example AS name, c.issuer
FROM alike AS a JOIN candidate AS c ON c.name = a.name LEFT JOIN organisation AS o ON TRUE
WHERE a.name <> a.brand
UNION ALL
SELECT b.name, COALESCE(o.default_tier, 'public'), CAST(NULL AS TEXT), CASE WHEN w.closed THEN TRUE END,
  CAST(NULL AS TEXT), b.name, CAST(NULL AS TEXT), CAST(NULL AS TEXT)
FROM brand AS b
LEFT JOIN (SELECT DISTINCT brand FROM alike) AS a ON a.brand = b.name
LEFT JOIN organisation AS o ON TRUE
LEFT JOIN closed AS w ON w.kind = 'ct'
WHERE a.brand IS NULL
