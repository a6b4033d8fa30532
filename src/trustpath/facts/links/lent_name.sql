-- What a record of ours lends, and to whom: by `kind` (`alias`, `MX`, `NS`) every name at which an alias
-- chain, a mail host, its own aliases followed, or a name server ends or passes, where that is not in
-- our own hands: outside the zones we hold, or in a zone that we delegated to another owner. `accepted`
-- as in outside_party; FALSE for another owner without an agreement in force, and NULL where what people
-- declare did not arrive whole, so that another owner may go unsaid.
-- This is the one place where that is decided.
-- index: name; target
WITH pair AS (
  SELECT 'alias' AS kind, name, final AS target FROM resolution WHERE steps > 0 AND final IS NOT NULL
  UNION SELECT 'alias', name, target FROM alias_through
  UNION SELECT 'MX', r.name, e.final FROM rdata AS r JOIN resolution AS e ON e.name = r.target WHERE r.type = 'MX' AND e.final IS NOT NULL
  UNION SELECT 'MX', r.name, t.target FROM rdata AS r JOIN alias_through AS t ON t.name = r.target WHERE r.type = 'MX'
  UNION SELECT 'NS', name, target FROM rdata WHERE type = 'NS' AND target IS NOT NULL
),
judged AS (
  SELECT p.kind, p.name, p.target, q.outside, q.own, q.provider, q.accepted, q.tenant,
    COALESCE(m.cut, m.apex) <> COALESCE(n.cut, n.apex) AS apart,
    COALESCE(q.tenant <> o.record_owner AND COALESCE(m.cut, m.apex) <> COALESCE(n.cut, n.apex) AND g.name IS NULL, FALSE) AS foreign_owner
  FROM pair AS p
  JOIN outside_party AS q ON q.name = p.target
  JOIN name_owner AS o ON o.name = p.name
  JOIN node AS m ON m.name = p.name
  JOIN node AS n ON n.name = p.target
  LEFT JOIN agreed AS g ON g.name = p.name AND g.owner = o.record_owner AND g.other = q.tenant
)
SELECT DISTINCT j.kind, j.name, j.target, j.outside, j.own, j.provider, CASE WHEN j.foreign_owner THEN j.tenant END AS tenant,
  CASE WHEN j.foreign_owner AND d.whole THEN FALSE WHEN d.whole OR NOT j.apart OR j.accepted = FALSE THEN j.accepted END AS accepted
FROM judged AS j
CROSS JOIN declared AS d
WHERE j.outside OR j.foreign_owner OR (j.apart AND NOT d.whole)
