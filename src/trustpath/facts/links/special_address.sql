-- Addresses that names of our zones have and that no host on the internet has (special_network), as far as
-- the world can see them. `shown` is TRUE where the zone is in a view that the world sees
-- (zone_view), and the record in such a copy; FALSE where
-- all copies with the record are in other views; NULL for a record of which no copy tells the view (one
-- that a change would add to a zone that has views of both kinds). `meant` says that the service of the name
-- declares a network or an endpoint there, or that the organisation declares a network of addresses that cannot
-- be private: that it has private ones does not mean that names of them are for the world. NULL where what people declare did not arrive whole.
-- Hints of SVCB and HTTPS (RFC 9460 7.3) count as addresses, and IPv6 that NAT64 (RFC 6052) or 6to4
-- (RFC 3056) makes of an IPv4 address counts as that one.
-- Loopback at a label `localhost` is what the name means, and 127/8 beside the addresses that hosts
-- give themselves are the codes of block lists (RFC 5782 2.1); neither has a row.
-- index: name
WITH held AS (
  SELECT zone, name, type, rdata, address, address_key FROM rdata WHERE type IN ('A', 'AAAA') AND address IS NOT NULL
  UNION
  SELECT d.zone, d.name, d.type, d.rdata, h.address, h.address_key
  FROM svcb_hint AS h JOIN rdata AS d ON d.zone = h.zone AND d.name = h.name AND d.type = h.type
  WHERE instr(',' || replace(replace(replace(d.rdata, '"', ''), '=', ','), ' ', ',') || ',', ',' || h.address || ',') > 0
),
inside AS (
  SELECT h.zone, h.name, h.type, h.rdata, h.address, h.address_key,
    CASE
      WHEN substr(h.address_key, 1, 25) = '60064ff9b0000000000000000' THEN '4000000000000000000000000' || substr(h.address_key, 26, 8)
      WHEN substr(h.address_key, 1, 5) = '62002' THEN '4000000000000000000000000' || substr(h.address_key, 6, 8)
      ELSE h.address_key
    END AS inner_key
  FROM held AS h
),
found AS (
  SELECT DISTINCT d.zone, d.name, d.type, d.rdata, d.address, d.address_key, d.inner_key, s.kind, s.network
  FROM inside AS d
  JOIN special_network AS s ON d.inner_key >= s.low AND d.inner_key <= s.high
  JOIN node AS n ON n.name = d.name AND n.apex = d.zone AND n.cut IS NULL
  WHERE NOT (s.kind = 'loopback' AND (d.name = 'localhost' OR substr(d.name, 1, 10) = 'localhost.'))
    AND NOT (s.kind = 'loopback' AND d.type = 'A' AND d.address NOT IN ('127.0.0.1', '127.0.1.1'))
),
side AS (SELECT apex, MIN(CASE WHEN shown THEN 1 ELSE 0 END) AS least, MAX(CASE WHEN shown THEN 1 ELSE 0 END) AS most
  FROM zone_view GROUP BY apex
),
copied AS (
  SELECT c.zone, c.name, c.type, c.rdata, MAX(CASE WHEN s.shown THEN 1 ELSE 0 END) AS shown
  FROM rdata_copy AS c
  JOIN zone_view AS s ON s.part = c.part AND s.apex = c.zone
  JOIN side AS e ON e.apex = c.zone AND e.least < e.most
  JOIN found AS f ON f.zone = c.zone AND f.name = c.name AND f.type = c.type AND f.rdata = c.rdata
  WHERE NOT c.occluded
  GROUP BY c.zone, c.name, c.type, c.rdata
),
ours AS (
  SELECT DISTINCT f.name, f.address_key FROM found AS f
  JOIN service_of AS v ON v.name = f.name
  JOIN service_network AS s ON s.service = v.service
    AND (f.address_key >= s.low AND f.address_key <= s.high OR f.inner_key >= s.low AND f.inner_key <= s.high)
  UNION
  SELECT DISTINCT f.name, f.address_key FROM found AS f
  JOIN service_of AS v ON v.name = f.name
  JOIN service_endpoint AS s ON s.service = v.service AND s.address_key = f.address_key
  UNION
  SELECT DISTINCT f.name, f.address_key FROM found AS f
  JOIN network AS w ON f.address_key >= w.low AND f.address_key <= w.high
  WHERE f.kind NOT IN ('private', 'shared', 'loopback', 'link-local')
)
SELECT f.name, f.address, f.address_key, f.kind, f.network,
  CASE WHEN e.least = e.most THEN e.most = 1 ELSE c.shown = 1 END AS shown,
  CASE WHEN d.whole THEN o.name IS NOT NULL END AS meant
FROM found AS f
CROSS JOIN declared AS d
LEFT JOIN side AS e ON e.apex = f.zone
LEFT JOIN copied AS c ON c.zone = f.zone AND c.name = f.name AND c.type = f.type AND c.rdata = f.rdata
LEFT JOIN ours AS o ON o.name = f.name AND o.address_key = f.address_key
