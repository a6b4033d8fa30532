-- What a CAA RRset says for host (wildcard FALSE) and wildcard requests. issuewild governs
-- wildcards when at least one is present, else issue does (RFC 8659 sections 4.2 and 4.3).
-- `tag` is the governing tag; `restricted`: some property of it exists; `grants`: how many of those
-- name an issuer and are well formed, or read as such by some CA; `blocked`: an unknown critical
-- property forbids issuance by anyone; `doubt`: why a property may forbid it at some CAs and not at
-- others; `shut`: nobody at all may issue.
-- index: owner, wildcard
SELECT g.owner, g.wildcard, g.tag, g.restricted, g.grants, g.blocked, g.doubt, g.blocked OR (g.restricted AND g.grants = 0) AS shut
FROM (
  SELECT q.owner, w.wildcard,
    CASE WHEN w.wildcard AND q.wilds > 0 THEN 'issuewild' ELSE 'issue' END AS tag,
    CASE WHEN w.wildcard AND q.wilds > 0 THEN TRUE ELSE q.issues > 0 END AS restricted,
    CASE WHEN w.wildcard AND q.wilds > 0 THEN q.wild_grants ELSE q.issue_grants END AS grants,
    q.blocking > 0 AS blocked, q.doubt
  FROM (
    SELECT name AS owner,
      COUNT(CASE WHEN tag = 'issue' THEN 1 END) AS issues,
      COUNT(CASE WHEN tag = 'issuewild' THEN 1 END) AS wilds,
      COUNT(CASE WHEN tag = 'issue' AND (well_formed OR doubt IS NOT NULL) AND issuer <> '' THEN 1 END) AS issue_grants,
      COUNT(CASE WHEN tag = 'issuewild' AND (well_formed OR doubt IS NOT NULL) AND issuer <> '' THEN 1 END) AS wild_grants,
      COUNT(CASE WHEN critical AND NOT known AND doubt IS NULL THEN 1 END) AS blocking,
      MIN(CASE WHEN tag NOT IN ('issue', 'issuewild') THEN doubt END) AS doubt
    FROM caa_record GROUP BY name
  ) AS q
  CROSS JOIN (SELECT FALSE AS wildcard UNION ALL SELECT TRUE) AS w
) AS g
