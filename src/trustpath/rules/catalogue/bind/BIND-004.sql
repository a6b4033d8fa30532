-- id: BIND-004
-- title: Name leads outside the declared service
-- says: {subject} leads to {place}[ by way of {via}], which is none of the networks, endpoints and aliases of
--   the service {service}.
-- subject: name of a service
-- severity: public=critical partner=high internal=high workload=medium
-- gate: gate
-- inputs: Z O E
-- source: catalogue F.BIND
-- csf: ID.AM-03, DE.CM-01, DE.AE-02
-- nhi: NHI6:2025
-- missing: declaration
-- decides: declare the `networks`, `endpoints` or `aliases` of the service (services)
-- remediation: Ask the owner of the service; restore the record, or have the declaration amended and approved.
-- Inside is an address in the networks or at the endpoints of the name's service, and an alias, at
-- its first or last step, at or below a suffix that the service declares. Answers of resolvers can
-- prove that a name leads outside, but not that it never does: they see one of many answers.
-- Where the service declares aliases only, an undeclared alias out of our zones is outside by itself.
-- Inside counts only where the declarations are whole: a source of them that did not come may give the
-- name to another service.
WITH places AS (
  SELECT service, low, high FROM service_network
  UNION SELECT service, address_key, address_key FROM service_endpoint
),
told AS (
  SELECT service, MAX(k) AS kinds FROM (
    SELECT service, 2 AS k FROM places UNION ALL SELECT service, 1 FROM service_alias
  ) AS said GROUP BY service
),
target AS (
  SELECT n.name, n.service, r.final AS target FROM scope_name AS n JOIN resolution AS r ON r.name = n.name
  WHERE n.service IS NOT NULL AND r.steps > 0 AND r.final IS NOT NULL
  UNION
  SELECT n.name, n.service, a.target FROM scope_name AS n JOIN alias AS a ON a.name = n.name WHERE n.service IS NOT NULL
),
vouched AS (
  SELECT DISTINCT t.name FROM target AS t
  JOIN service_alias_name AS v ON v.service = t.service AND v.name = t.target
),
spot AS (
  SELECT a.name, a.address, a.address_key, n.service, MAX(CASE WHEN p.service IS NOT NULL THEN 1 ELSE 0 END) AS inside
  FROM scope_name AS n
  JOIN name_address AS a ON a.name = n.name
  LEFT JOIN places AS p ON p.service = n.service AND a.address_key >= p.low AND a.address_key <= p.high
  WHERE n.service IS NOT NULL
  GROUP BY a.name, a.address, a.address_key, n.service
),
seen AS (
  SELECT name, COUNT(*) AS addresses, MIN(inside) AS inside, MIN(CASE WHEN inside = 0 THEN address END) AS outside
  FROM spot GROUP BY name
)
SELECT n.name AS subject, n.tier, n.owner,
  CASE
    WHEN t.kinds IS NULL THEN NULL
    WHEN v.name IS NOT NULL THEN CASE WHEN n.held AND d.whole THEN TRUE END
    WHEN a.inside = 0 THEN FALSE
    WHEN n.steps > 0 AND t.kinds = 1 AND NOT n.final_held THEN FALSE
    WHEN a.inside = 1 AND n.held AND n.final_held AND d.whole THEN TRUE
  END AS holds,
  n.service, COALESCE(a.outside, CASE WHEN n.steps > 0 THEN n.final END) AS place,
  CASE WHEN n.steps > 0 AND a.outside IS NOT NULL THEN n.final END AS via, a.outside AS address, CASE WHEN n.steps > 0 THEN n.final END AS target, a.addresses,
  CASE WHEN t.kinds IS NULL OR NOT d.whole THEN 'declaration' WHEN n.held THEN 'resolution' ELSE 'zones' END AS missing
FROM scope_name AS n
CROSS JOIN declared AS d
LEFT JOIN told AS t ON t.service = n.service
LEFT JOIN vouched AS v ON v.name = n.name
LEFT JOIN seen AS a ON a.name = n.name
WHERE n.service IS NOT NULL AND (n.steps > 0 OR a.addresses > 0)
