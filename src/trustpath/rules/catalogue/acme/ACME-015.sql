-- id: ACME-015
-- title: Alias target can validate our name
-- subject: name
-- severity: public=medium partner=high internal=low workload=low
-- gate: gate
-- inputs: Z O
-- source: catalogue F.ACME; BR 3.2.2.4 (authorization domain name)
-- csf: GV.SC-04, PR.AA-05, ID.AM-04
-- nhi: NHI3:2025
-- missing: declaration
-- remediation: Declare the provider and approve it, or bind CAA to an account and its methods.
-- The zone at the end of a CNAME chain can serve as authorization domain and answers HTTP and ALPN
-- checks. Fine are our own domains, approved providers, targets that the service declares for
-- itself, and names whose CAA binds every issuer to an account or permits nobody.
WITH away AS (
  SELECT h.name, h.service, h.tier, h.record_owner, k.final, q.own, q.provider, q.accepted
  FROM scope_name AS h
  JOIN canonical_name AS k ON k.name = h.name
  JOIN outside_party AS q ON q.name = k.final
  WHERE NOT k.looped
),
declared AS (
  SELECT DISTINCT a.name
  FROM away AS a
  JOIN outside_climb AS c ON c.name = a.final
  JOIN service_alias AS s ON s.service = a.service AND s.base = c.here
),
tied AS (
  SELECT p.owner
  FROM caa_policy AS p
  LEFT JOIN caa AS c ON c.name = p.owner AND c.tag = p.tag AND (c.well_formed OR c.doubt IS NOT NULL) AND c.issuer <> ''
  GROUP BY p.owner
  HAVING MIN(CASE WHEN p.shut THEN 1 WHEN p.restricted AND c.accounturi <> '' AND c.doubt IS NULL THEN 1 ELSE 0 END) = 1
)
SELECT a.name AS subject, a.tier, a.record_owner AS owner,
  CASE WHEN d.name IS NOT NULL OR (v.known AND t.owner IS NOT NULL) THEN TRUE ELSE a.accepted END AS holds,
  a.final AS target, a.provider
FROM away AS a
JOIN caa_relevant AS v ON v.name = a.name
LEFT JOIN declared AS d ON d.name = a.name
LEFT JOIN tied AS t ON t.owner = v.owner
