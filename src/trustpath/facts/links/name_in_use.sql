-- Whether DNS has something at a name that a certificate names, so that the name is in use: an address,
-- an alias or HTTPS, its own or of the wildcard that answers for it; an empty non-terminal is not
-- enough. A wildcard is in use when it or any name one level below its base is. Seen in one view, or by
-- one resolver, counts. `empty`: resolvers found neither address there.
-- index: name
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
)
SELECT n.name, o.encloser, COALESCE(e.empty, 0) AS empty,
  CASE WHEN n.wildcard THEN b.base IS NOT NULL ELSE r.name IS NOT NULL OR s.name IS NOT NULL END AS in_use
FROM (SELECT DISTINCT name, base, wildcard FROM certificate_name WHERE kind = 'dns') AS n
JOIN node AS o ON o.name = n.base
LEFT JOIN (SELECT DISTINCT name FROM record) AS r ON r.name = o.source
LEFT JOIN (SELECT DISTINCT name FROM seen) AS s ON s.name = n.base
LEFT JOIN below AS b ON b.base = n.base
LEFT JOIN (
  SELECT name, CASE WHEN COUNT(DISTINCT type) >= 2 AND MIN(CASE WHEN outcome IN ('nodata', 'nxdomain') THEN 1 ELSE 0 END) = 1
    THEN 1 ELSE 0 END AS empty
  FROM answer WHERE type IN ('A', 'AAAA') AND COALESCE(ede, 0) NOT BETWEEN 15 AND 18 GROUP BY name
) AS e ON e.name = n.base
