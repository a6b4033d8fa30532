-- Whether each address that a record of ours names is allocated to us, as far as the estate's networks
-- tell; no rows before it declares at least one that a provider lends. TRUE inside a declared network.
-- FALSE outside all of them when the name's service released its provider resource, or, where the declared
-- networks are claimed to be all there are, lives on lent addresses and declares no network of its own
-- around this one. Anything else is somebody's address
-- of which the estate says nothing: NULL. Addresses that no provider can hand out (private, loopback,
-- link-local, shared: RFC 6890) are left out.
-- index: name
WITH named AS (
  SELECT DISTINCT d.name, d.address, d.address_key
  FROM rdata AS d JOIN node AS n ON n.name = d.name AND n.apex = d.zone
  WHERE d.type IN ('A', 'AAAA') AND d.address IS NOT NULL AND n.cut IS NULL
),
place AS (
  SELECT a.address_key, MAX(CASE WHEN w.network IS NOT NULL THEN 1 ELSE 0 END) AS allocated,
    MAX(CASE WHEN r.low IS NOT NULL THEN 1 ELSE 0 END) AS reserved
  FROM (SELECT DISTINCT address_key FROM named) AS a
  LEFT JOIN network AS w ON a.address_key >= w.low AND a.address_key <= w.high
  LEFT JOIN reserved_network AS r ON a.address_key >= r.low AND a.address_key <= r.high
  GROUP BY a.address_key
),
lent AS (
  SELECT DISTINCT s.service FROM service_network AS s
  JOIN network AS w ON w.cloud AND s.low >= w.low AND s.high <= w.high
  UNION
  SELECT DISTINCT e.service FROM service_endpoint AS e
  JOIN network AS w ON w.cloud AND e.address_key >= w.low AND e.address_key <= w.high
),
around AS (
  SELECT DISTINCT v.name, a.address_key FROM named AS a
  JOIN service_of AS v ON v.name = a.name
  JOIN service_network AS s ON s.service = v.service AND a.address_key >= s.low AND a.address_key <= s.high
)
SELECT a.name, a.address, a.address_key, v.service,
  CASE
    WHEN p.allocated = 1 THEN TRUE
    WHEN t.service IS NOT NULL THEN FALSE
    WHEN l.service IS NOT NULL AND o.name IS NULL AND w.closed THEN FALSE
  END AS allocated,
  t.service IS NOT NULL AS released
FROM named AS a
JOIN place AS p ON p.address_key = a.address_key AND p.reserved = 0
JOIN (SELECT COUNT(*) AS networks FROM network WHERE cloud) AS c ON c.networks > 0
LEFT JOIN closed AS w ON w.kind = 'networks'
LEFT JOIN service_of AS v ON v.name = a.name
LEFT JOIN lent AS l ON l.service = v.service
LEFT JOIN around AS o ON o.name = a.name AND o.address_key = a.address_key
LEFT JOIN (SELECT DISTINCT service FROM retirement_step WHERE step = 'provider-resource' AND done) AS t ON t.service = v.service
