-- Does each server of each delegation answer for the zone with authority? `answers` is FALSE when a
-- look at that server itself found none (not authoritative, a referral, refused, SERVFAIL), when its name does
-- not exist or has no address, when every resolver reports that no authority could be reached
-- (RFC 8914 codes 20 and 22), or when the parent names it and the zone's own NS set does not
-- (RFC 1034 section 4.2.2): that server may be anybody's by now. TRUE needs a look at the server, by
-- an authoritative vantage that is called by the server's name, or one by each of its addresses;
-- having an address alone proves nothing; glue counts among its addresses (RFC 9471). NULL otherwise.
-- index: child; server
WITH look AS (
  SELECT vantage, name AS child,
    MIN(CASE WHEN outcome IN ('noerror', 'nodata') AND authoritative THEN 1
      WHEN outcome IN ('noerror', 'nodata', 'nxdomain', 'lame', 'refused', 'servfail') THEN 0
      WHEN outcome = 'referral' AND NOT authoritative THEN 0 END) AS good
  FROM answer WHERE kind = 'authoritative' AND COALESCE(ede, 0) NOT BETWEEN 15 AND 18
  GROUP BY vantage, name
),
host AS (
  SELECT g.server, a.address FROM delegation AS g JOIN name_address AS a ON a.name = g.server
  UNION
  SELECT g.server, o.address FROM delegation AS g JOIN occluded AS o ON o.name = g.server AND o.glue
),
called AS (
  SELECT server, '' AS address, server AS vantage FROM delegation
  UNION SELECT server, address, address FROM host
  UNION SELECT server, address, address || ':53' FROM host
),
seen AS (
  SELECT c.server, k.child, MIN(k.good) AS good, MAX(CASE WHEN c.address = '' THEN 1 ELSE 0 END) AS named,
    COUNT(DISTINCT CASE WHEN c.address <> '' AND k.good IS NOT NULL THEN c.address END) AS looked
  FROM look AS k JOIN called AS c ON c.vantage = k.vantage
  GROUP BY c.server, k.child
),
unreachable AS (
  SELECT name AS child, MIN(CASE WHEN outcome = 'servfail' AND ede IN (20, 22) THEN 1 ELSE 0 END) AS lame
  FROM answer WHERE kind = 'recursive' AND COALESCE(ede, 0) NOT BETWEEN 15 AND 18
  GROUP BY name
)
SELECT g.child, g.server, g.parent_zone, g.in_parent, g.in_child, r.final_present AS server_present, r.resolves AS server_resolves,
  CASE
    WHEN s.good = 0 THEN FALSE
    WHEN s.good = 1 AND (s.named = 1 OR s.looked = h.addresses) THEN TRUE
    WHEN r.final_present = FALSE OR r.resolves = FALSE THEN FALSE
    WHEN u.lame = 1 THEN FALSE
    WHEN g.in_parent AND g.in_child = FALSE AND o.name IS NOT NULL THEN FALSE
  END AS answers
FROM delegation AS g
LEFT JOIN seen AS s ON s.server = g.server AND s.child = g.child
LEFT JOIN (SELECT server, COUNT(*) AS addresses FROM host GROUP BY server) AS h ON h.server = g.server
LEFT JOIN name_resolution AS r ON r.name = g.server
LEFT JOIN unreachable AS u ON u.child = g.child
LEFT JOIN (SELECT DISTINCT name FROM rrset WHERE type = 'NS' AND name = zone) AS o ON o.name = g.child
