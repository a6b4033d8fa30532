-- The names outside at which an alias of a name of ours ends or passes, hop by hop: names of zones that we
-- hold and names that a service or the estate declares. `kind`: `alias`; `dname`, for the owner of a DNAME, of which no
-- address tells anything; `service`, HTTPS or SVCB in AliasMode (RFC 9460 section 2.4.2). `last`: it is the
-- end. `vouched`: the estate vouches for it, as `own`, by the nearest `provider` scope if
-- that is approved (outside_party), or as a suffix that a `service` declares for its own aliases.
-- index: name; target
WITH direct AS (
  SELECT name, target, 'dname' AS kind FROM rdata WHERE type = 'DNAME' AND target IS NOT NULL
  UNION SELECT name, target, 'service' FROM svcb WHERE priority = 0
),
pair AS (
  SELECT name, final AS target, 'alias' AS kind, TRUE AS last FROM resolution WHERE steps > 0 AND final IS NOT NULL
  UNION SELECT name, target, 'alias', FALSE FROM alias_through
  UNION SELECT d.name, r.final, d.kind, TRUE FROM direct AS d JOIN resolution AS r ON r.name = d.target WHERE r.final IS NOT NULL
  UNION SELECT d.name, d.target, d.kind, FALSE FROM direct AS d JOIN resolution AS r ON r.name = d.target WHERE r.final IS NULL OR r.final <> d.target
  UNION SELECT d.name, t.target, d.kind, FALSE FROM direct AS d JOIN alias_through AS t ON t.name = d.target
),
claimed AS (
  SELECT name, service FROM service_of
  UNION SELECT name, service FROM service_name
),
meant AS (
  SELECT DISTINCT c.name, s.name AS target FROM claimed AS c JOIN service_alias_name AS s ON s.service = c.service
)
SELECT p.name, p.target, p.kind, p.last,
  CASE WHEN m.name IS NOT NULL THEN 'service' WHEN q.own THEN 'own' WHEN q.accepted THEN 'provider' END AS vouched
FROM pair AS p
JOIN outside_party AS q ON q.name = p.target AND q.outside
JOIN node AS n ON n.name = p.name
LEFT JOIN service_of AS v ON v.name = p.name
LEFT JOIN owned_name AS w ON w.name = p.name
LEFT JOIN meant AS m ON m.name = p.name AND m.target = p.target
WHERE (n.apex IS NOT NULL AND n.cut IS NULL) OR v.name IS NOT NULL OR w.name IS NOT NULL
