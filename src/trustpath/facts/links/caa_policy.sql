-- What a CAA RRset says for host (wildcard FALSE) and wildcard requests. issuewild governs
-- wildcards when at least one is present, else issue does (RFC 8659 sections 4.2 and 4.3).
-- `restricted`: some property of the governing kind exists; `blocked`: an unknown critical
-- property forbids issuance by anyone. `tag` is the governing tag.
-- index: owner, wildcard
SELECT q.owner, w.wildcard,
  CASE WHEN w.wildcard AND q.wilds > 0 THEN 'issuewild' ELSE 'issue' END AS tag,
  CASE WHEN w.wildcard AND q.wilds > 0 THEN TRUE ELSE q.issues > 0 END AS restricted,
  q.blocking > 0 AS blocked
FROM (
  SELECT name AS owner,
    SUM(CASE WHEN tag = 'issue' THEN 1 ELSE 0 END) AS issues,
    SUM(CASE WHEN tag = 'issuewild' THEN 1 ELSE 0 END) AS wilds,
    SUM(CASE WHEN critical AND NOT known THEN 1 ELSE 0 END) AS blocking
  FROM caa GROUP BY name
) AS q
CROSS JOIN (SELECT FALSE AS wildcard UNION ALL SELECT TRUE) AS w
