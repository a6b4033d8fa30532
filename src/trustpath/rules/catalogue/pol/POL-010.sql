-- id: POL-010
-- title: Not observed in time
-- says: The {subject} was not observed as often as policy asks[; the last time was {observed_at}].
-- subject: what has to be observed
-- severity: public=medium partner=medium internal=low workload=low
-- gate: observe
-- inputs: E Z T
-- source: catalogue F.POL
-- csf: DE.CM-01, DE.CM-09
-- missing: endpoints
-- remediation: Repair the collector; what is not observed is not known to be healthy.
-- Every endpoint of a service that should speak TLS, every source and every part of it (a zone, a
-- file, a log), every followed log by its last verified head. A part that never arrived is a gap, and a
-- source of which no part ever did; a source that has no parts was asked and shows nothing. So
-- is an endpoint that a configured endpoint source does not cover. Without any such source nobody can
-- say. A log that takes no new entries signs no new heads: what it cannot show is not known.
SELECT 'endpoint ' || b.name || ' ' || b.address || ':' || b.port AS subject, b.tier, b.owner,
  CASE
    WHEN m.now - MAX(b.observed_at) > p.observation_interval THEN FALSE
    WHEN MAX(b.observed_at) IS NOT NULL AND p.tier IS NOT NULL THEN TRUE
    WHEN MAX(b.observed_at) IS NULL AND s.parts > 0 THEN FALSE
  END AS holds,
  CASE WHEN p.tier IS NULL THEN 'policy' ELSE 'endpoints' END AS missing,
  MAX(b.observed_at) AS observed_at, p.observation_interval AS allowed
FROM (
  SELECT name, address, port, tier, owner, CASE WHEN outcome <> 'not-allowed' THEN observed_at END AS observed_at
  FROM scope_binding
) AS b
CROSS JOIN moment AS m
CROSS JOIN (SELECT COUNT(*) AS parts FROM part WHERE kind = 'endpoints') AS s
LEFT JOIN judged_policy AS p ON p.tier = b.tier
GROUP BY b.name, b.address, b.port, b.tier, b.owner, m.now, s.parts, p.observation_interval, p.tier
UNION ALL
SELECT CASE WHEN q.name = '' THEN 'source ' || q.source ELSE 'part ' || q.source || ' ' || q.name END,
  COALESCE(z.tier, o.default_tier, 'public'), z.owner,
  CASE
    WHEN q.observed_at IS NULL THEN FALSE
    WHEN q.name = '' AND g.arrived = 0 THEN FALSE
    WHEN q.name = '' AND g.source IS NULL THEN NULL
    ELSE m.now - q.observed_at <= COALESCE(p.observation_interval, x.strictest)
  END,
  CASE WHEN q.name = '' AND g.source IS NULL THEN 'declaration' ELSE 'policy' END, q.observed_at,
  COALESCE(p.observation_interval, x.strictest)
FROM part AS q
LEFT JOIN (
  SELECT source, COUNT(observed_at) AS arrived FROM part WHERE name <> '' GROUP BY source
) AS g ON g.source = q.source
CROSS JOIN moment AS m
CROSS JOIN (SELECT MIN(observation_interval) AS strictest FROM tier_policy) AS x
LEFT JOIN scope_zone AS z ON z.apex = q.name
LEFT JOIN judged_policy AS p ON p.tier = z.tier
LEFT JOIN organisation AS o ON TRUE
WHERE q.kind NOT IN ('estate', 'backstage', 'csv')
UNION ALL
SELECT 'log ' || l.log, COALESCE(o.default_tier, 'public'), CAST(NULL AS TEXT),
  CASE WHEN l.growing = FALSE AND m.now - l.verified_at > x.strictest THEN NULL ELSE m.now - l.verified_at <= x.strictest END, CASE WHEN x.strictest IS NULL THEN 'policy' ELSE 'ct' END, l.verified_at, x.strictest
FROM (SELECT log, MAX(verified_at) AS verified_at, MIN(growing) AS growing FROM ct_log WHERE kind <> 'search' GROUP BY log) AS l
CROSS JOIN moment AS m
CROSS JOIN (SELECT MIN(observation_interval) AS strictest FROM tier_policy) AS x
LEFT JOIN organisation AS o ON TRUE
