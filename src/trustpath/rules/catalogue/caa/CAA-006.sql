-- id: CAA-006
-- title: Alias target decides CAA
-- says: {subject} is an alias that leads to {target}, whose CAA records decide for it and differ from ours at
--   {own_policy_at}.
-- subject: name
-- severity: public=medium partner=medium internal=- workload=-
-- gate: probe
-- inputs: Z V
-- source: catalogue F.CAA; RFC 8659 3
-- csf: GV.SC-07, ID.AM-04
-- nhi: NHI3:2025
-- missing: resolution
-- remediation: Use an address record, move the alias to a target whose CAA you accept, or record the dependency.
-- A CAA lookup follows aliases, so whoever runs the target decides for our name. Compared with the
-- policy that would hold without the alias: the set relevant for the parent of the name. Where we
-- hold the target's zone its issuers are compared; elsewhere the answers that resolvers gave, text
-- by text. Without a policy of our own there is nothing to differ from (CAA-001). One owner of both may
-- decide for both, which is known only when every source of owners came.
WITH via AS (
  SELECT k.name, k.final, k.final_held, k.final_source, v.owner AS ours, v.known
  FROM canonical_name AS k
  JOIN domain AS d ON d.name = k.name
  JOIN caa_relevant AS v ON v.name = d.parent
  WHERE NOT k.looped AND (v.owner IS NOT NULL OR NOT v.known)
),
inside AS (
  SELECT v.name, MAX(CASE WHEN t.record_owner = h.record_owner THEN 0 ELSE 1 END) AS foreign_owner,
    MAX(CASE WHEN t.record_owner IS NULL OR h.record_owner IS NULL THEN 1 ELSE 0 END) AS nobody,
    SUM(CASE WHEN COALESCE(p.shut, FALSE) <> COALESCE(q.shut, FALSE) OR COALESCE(p.restricted, FALSE) <> COALESCE(q.restricted, FALSE)
      THEN 1 ELSE 0 END) AS unlike
  FROM via AS v
  JOIN caa_policy AS p ON p.owner = v.final_source
  LEFT JOIN caa_policy AS q ON q.owner = v.ours AND q.wildcard = p.wildcard
  JOIN name_owner AS t ON t.name = v.final
  JOIN name_owner AS h ON h.name = v.name
  GROUP BY v.name
),
one_sided AS (
  SELECT v.name FROM via AS v
  JOIN caa_issuer AS i ON i.owner = v.final_source
  LEFT JOIN caa_issuer AS x ON x.owner = v.ours AND x.wildcard = i.wildcard AND x.issuer = i.issuer AND x.sure >= i.sure
  WHERE x.issuer IS NULL
  UNION
  SELECT v.name FROM via AS v
  JOIN caa_issuer AS i ON i.owner = v.ours
  LEFT JOIN caa_issuer AS x ON x.owner = v.final_source AND x.wildcard = i.wildcard AND x.issuer = i.issuer AND x.sure >= i.sure
  WHERE x.issuer IS NULL
),
live AS (
  SELECT name, MAX(CASE WHEN outcome = 'noerror' THEN 1 ELSE 0 END) AS found,
    MIN(CASE WHEN outcome IN ('nodata', 'nxdomain') THEN 1 ELSE 0 END) AS empty
  FROM answer WHERE type = 'CAA' AND COALESCE(ede, 0) NOT BETWEEN 15 AND 18 GROUP BY name
),
live_differs AS (
  SELECT v.name FROM via AS v
  JOIN answer_rdata AS a ON a.name = v.name AND a.type = 'CAA'
  LEFT JOIN rdata AS r ON r.name = v.ours AND r.type = 'CAA' AND r.rdata = a.rdata
  WHERE r.rdata IS NULL AND instr(a.rdata, ' issue') > 0
  UNION
  SELECT v.name FROM via AS v
  JOIN live AS l ON l.name = v.name AND l.found = 1
  JOIN rdata AS r ON r.name = v.ours AND r.type = 'CAA'
  LEFT JOIN answer_rdata AS a ON a.name = v.name AND a.type = 'CAA' AND a.rdata = r.rdata
  WHERE a.rdata IS NULL AND instr(r.rdata, ' issue') > 0
)
SELECT v.name AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN v.final_held AND i.foreign_owner = 0 AND w.whole THEN TRUE
    WHEN NOT v.known THEN NULL
    WHEN v.final_held AND i.unlike = 0 AND s.name IS NULL THEN TRUE
    WHEN v.final_held AND (i.nobody = 1 OR i.foreign_owner = 0) THEN NULL
    WHEN v.final_held THEN FALSE
    WHEN l.found = 1 AND d.name IS NOT NULL THEN FALSE
    WHEN l.found = 1 THEN TRUE
  END AS holds,
  v.final AS target, v.ours AS own_policy_at,
  CASE WHEN NOT v.known THEN 'zones' WHEN v.final_held THEN 'ownership' ELSE 'resolution' END AS missing
FROM via AS v
JOIN scope_name AS o ON o.name = v.name
CROSS JOIN declared AS w
LEFT JOIN inside AS i ON i.name = v.name
LEFT JOIN one_sided AS s ON s.name = v.name
LEFT JOIN live AS l ON l.name = v.name
LEFT JOIN live_differs AS d ON d.name = v.name
WHERE CASE WHEN v.final_held THEN i.name IS NOT NULL ELSE COALESCE(l.empty, 0) = 0 AND l.name IS NOT NULL END
