-- id: ACME-015
-- title: Alias target can validate our name
-- says: {subject} is an alias that leads to {target}; whoever runs that can validate the name and obtain
--   certificates for it.
-- asks: {subject} is an alias that leads to {target}, of which nobody declares whose it is; whoever runs it
--   can validate the name.
-- subject: name
-- severity: public=medium partner=high internal=low workload=low
-- gate: gate
-- inputs: Z O
-- source: catalogue F.ACME; BR 3.2.2.4 (authorization domain name)
-- csf: GV.SC-04, PR.AA-05, ID.AM-04
-- nhi: NHI3:2025
-- missing: declaration
-- decides: declare whose target it is (providers), or the alias with its service (services.aliases)
-- remediation: Declare the provider and approve it, or bind CAA to an account and its methods.
-- The zone at the end of an alias chain can serve as authorization domain and answers HTTP and ALPN
-- checks; so can every name outside that the chain passes. Fine are our own domains as far as no zone
-- cut lies between, approved providers, targets that the service declares for
-- itself (where the declarations are whole: else the name may be another's), child zones of another owner with an agreement, and names whose CAA binds every issuer to an account or permits nobody.
-- What would be unknown of a name at a hosting service is DANGLE-012's or DANGLE-015's to ask.
WITH away AS (
  SELECT h.name, h.service, h.tier, h.record_owner, l.target, l.provider, l.tenant, l.accepted
  FROM scope_name AS h
  JOIN lent_name AS l ON l.name = h.name AND l.kind = 'alias'
),
meant AS (
  SELECT DISTINCT a.name, a.target, w.whole
  FROM away AS a
  CROSS JOIN declared AS w
  JOIN outside_climb AS c ON c.name = a.target
  JOIN service_alias AS s ON s.service = a.service AND s.base = c.here
),
ends AS (
  SELECT a.name, a.tier, a.record_owner, MIN(a.provider) AS provider, MIN(a.tenant) AS tenant,
    MIN(CASE WHEN d.name IS NULL THEN a.accepted WHEN d.whole THEN TRUE END) AS accepted,
    COUNT(*) AS ends, COUNT(CASE WHEN d.name IS NULL THEN a.accepted WHEN d.whole THEN TRUE END) AS told,
    MIN(CASE WHEN d.name IS NULL AND NOT COALESCE(a.accepted, FALSE) THEN a.target END) AS worst, MIN(a.target) AS target
  FROM away AS a
  LEFT JOIN meant AS d ON d.name = a.name AND d.target = a.target
  GROUP BY a.name, a.tier, a.record_owner
),
tied AS (
  SELECT p.owner
  FROM caa_policy AS p
  LEFT JOIN caa_record AS c ON c.name = p.owner AND c.tag = p.tag AND (c.well_formed OR c.doubt IS NOT NULL) AND c.issuer <> ''
  GROUP BY p.owner
  HAVING MIN(CASE WHEN p.shut THEN 1 WHEN p.restricted AND c.accounturi <> '' AND c.doubt IS NULL THEN 1 ELSE 0 END) = 1
)
SELECT a.name AS subject, a.tier, a.record_owner AS owner,
  CASE
    WHEN v.known AND t.owner IS NOT NULL THEN TRUE
    WHEN a.accepted = FALSE THEN FALSE
    WHEN a.told = a.ends THEN TRUE
  END AS holds,
  COALESCE(a.provider, h.provider, a.worst, a.target) AS cause, COALESCE(a.worst, a.target) AS target, a.provider, a.tenant
FROM ends AS a
JOIN caa_relevant AS v ON v.name = a.name
LEFT JOIN tied AS t ON t.owner = v.owner
LEFT JOIN hosted_name AS h ON h.name = a.name
WHERE h.name IS NULL OR a.accepted = FALSE OR a.told = a.ends OR (v.known AND t.owner IS NOT NULL)
