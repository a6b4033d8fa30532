-- id: CT-008
-- title: Log not verified
-- says: What the log {subject} shows may be incomplete: {fault}[ (last verified head: {verified_at})].
-- subject: followed log
-- severity: public=high partner=high internal=medium workload=-
-- gate: observe
-- inputs: T
-- source: catalogue F.CT; RFC 6962 2.1.2, tlog-checkpoint
-- csf: DE.CM-06, RS.AN-07
-- missing: ct
-- decides: follow the log itself: a search export cannot be verified
-- remediation: Follow the log from another place; keep both checkpoints as evidence.
-- A log is verified while its newest verified head is no older than its maximum merge delay, a day where
-- no list tells it. One that takes no new entries signs no new heads either: it shows nothing new.
-- A failed consistency proof never heals with a newer checkpoint. A search export has no
-- checkpoints at all: what it shows may be true, what it leaves out nobody can tell. A feed that fell
-- silent takes its logs along, so it is named itself.
SELECT l.log AS subject, COALESCE(MIN(o.default_tier), 'public') AS tier, CAST(NULL AS TEXT) AS owner,
  CASE
    WHEN MIN(l.consistent) = FALSE THEN FALSE
    WHEN MAX(CASE WHEN l.kind = 'search' THEN 0 ELSE 1 END) = 0 THEN NULL
    WHEN MAX(l.verified_at) >= MAX(m.now) - COALESCE(MAX(l.mmd), 86400) THEN TRUE
    WHEN MIN(l.growing) = FALSE AND MAX(l.verified_at) IS NOT NULL THEN NULL
    ELSE FALSE
  END AS holds,
  CASE
    WHEN MIN(l.consistent) = FALSE THEN 'a consistency proof failed'
    WHEN MAX(CASE WHEN l.kind = 'search' THEN 0 ELSE 1 END) = 0 THEN NULL
    WHEN MAX(l.verified_at) >= MAX(m.now) - COALESCE(MAX(l.mmd), 86400) THEN NULL
    WHEN MAX(l.verified_at) IS NULL THEN 'no head of it was verified'
    ELSE 'its verified head is too old'
  END AS fault,
  MIN(l.operator) AS operator, MAX(l.verified_at) AS verified_at, MAX(l.tree_size) AS tree_size,
  MIN(l.consistent) AS consistent, MIN(l.kind) AS kind, MIN(l.growing) AS growing
FROM ct_log AS l
CROSS JOIN moment AS m
LEFT JOIN organisation AS o ON TRUE
GROUP BY l.log
UNION ALL
SELECT p.source || '/' || p.name, COALESCE(o.default_tier, 'public'), CAST(NULL AS TEXT), CAST(NULL AS BOOLEAN),
  CAST(NULL AS TEXT), CAST(NULL AS TEXT), p.observed_at, CAST(NULL AS BIGINT), CAST(NULL AS BOOLEAN), p.kind, CAST(NULL AS BOOLEAN)
FROM part AS p LEFT JOIN organisation AS o ON TRUE
WHERE p.kind = 'ct' AND NOT p.fresh
