-- Does a name lead to an address? `resolves` is TRUE, FALSE or NULL (the end of the chain lies
-- where we cannot see). `dangling` is TRUE when an alias chain ends at a name that does not
-- exist or never ends. `types` tells which of address, HTTPS or SVCB answers there are.
-- index: name
SELECT r.name, r.final, r.steps, r.looped, r.flattened, r.final_present, r.final_held, r.final_apex,
  COALESCE(a.addresses, 0) AS addresses,
  a.example AS address,
  CASE
    WHEN a.addresses > 0 THEN TRUE
    WHEN r.looped THEN FALSE
    WHEN r.final_present = FALSE THEN FALSE
    WHEN r.final_held THEN FALSE
    WHEN e.empty = 1 THEN FALSE
  END AS resolves,
  CASE WHEN r.steps > 0 THEN r.looped OR r.final_present = FALSE ELSE FALSE END AS dangling
FROM resolution AS r
LEFT JOIN (SELECT name, COUNT(DISTINCT address_key) AS addresses, MIN(address) AS example FROM name_address GROUP BY name) AS a ON a.name = r.name
LEFT JOIN (
  SELECT name, CASE WHEN COUNT(DISTINCT type) >= 2 AND MIN(CASE WHEN outcome IN ('nodata', 'nxdomain') THEN 1 ELSE 0 END) = 1 THEN 1 ELSE 0 END AS empty
  FROM answer WHERE type IN ('A', 'AAAA') AND COALESCE(ede, 0) NOT BETWEEN 15 AND 18 GROUP BY name
) AS e ON e.name = r.name
