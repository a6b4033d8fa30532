-- id: DANGLE-013
-- title: Cloud address not confirmed as ours
-- says: {name} has the address {address} of {network}, which a cloud lends, though the service {service} is
--   retired; once released it goes to the next customer.
-- asks: {name} has the address {address} of {network}, which a cloud lends; nobody looked who answers there,
--   and released addresses go to the next customer.
-- subject: name and address
-- severity: public=high partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z V O E
-- source: catalogue F.DANGLE; standards G.1
-- csf: ID.AM-08, ID.RA-01, DE.CM-06
-- nhi: NHI1:2025
-- missing: endpoints
-- remediation: Look whether the address is still ours; delete the record before an address is released.
-- Applies to addresses whose narrowest declared network has `cloud: true`. TRUE when a certificate of our
-- inventory for the name is served there: that the service declares the address says what is meant, not who
-- answers. FALSE when the service is retired. A certificate that is not in the inventory proves nothing.
-- Addresses of a resource that was given back are DANGLE-003's.
WITH around AS (
  SELECT d.address_key, n.network, n.low, n.high, n.cloud
  FROM (SELECT DISTINCT address_key FROM address_allocation) AS d
  JOIN network AS n ON d.address_key >= n.low AND d.address_key <= n.high
)
SELECT a.name || ' ' || a.address AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN o.service_state = 'retired' THEN FALSE
    WHEN b.ours = 0 THEN NULL
    WHEN b.ours = 1 AND d.whole THEN TRUE
  END AS holds,
  w.network AS cause, a.name, a.address, w.network, a.service
FROM address_allocation AS a
CROSS JOIN declared AS d
JOIN (
  SELECT z.address_key, MIN(z.network) AS network, MIN(CASE WHEN z.cloud THEN 1 ELSE 0 END) AS cloud FROM around AS z
  JOIN (SELECT address_key, MAX(low) AS low FROM around GROUP BY address_key) AS f ON f.address_key = z.address_key AND f.low = z.low
  JOIN (
    SELECT z2.address_key, z2.low, MIN(z2.high) AS high FROM around AS z2 GROUP BY z2.address_key, z2.low
  ) AS t ON t.address_key = z.address_key AND t.low = z.low AND t.high = z.high
  GROUP BY z.address_key
) AS w ON w.address_key = a.address_key AND w.cloud = 1
JOIN name_owner AS o ON o.name = a.name
LEFT JOIN (
  SELECT name, address_key, MIN(CASE WHEN covered AND stored THEN 1 ELSE 0 END) AS ours
  FROM scope_binding WHERE leaf IS NOT NULL GROUP BY name, address_key
) AS b ON b.name = a.name AND b.address_key = a.address_key
WHERE NOT a.released AND a.allocated
