-- Who answers for a certificate and which tier judges it. Names decide: a certificate pattern,
-- else the owner of the service or the name pattern. `owner` is NULL when no name has one, `tiers` is
-- 1, or 2 for several. The tier is the strictest. (Comparing least and greatest costs a fraction of
-- counting apart.)
-- index: certificate
SELECT n.certificate, MIN(n.owner) AS owner,
  MIN(t.rank) AS tier_rank, CASE WHEN MIN(n.tier) = MAX(n.tier) THEN 1 ELSE 2 END AS tiers
FROM (
  SELECT c.certificate, COALESCE(w.tier, o.tier) AS tier,
    COALESCE(o.certificate_owner, d.name_owner, w.owner, CASE WHEN o.service IS NOT NULL THEN o.owner END) AS owner
  FROM certificate_name AS c
  JOIN name_owner AS o ON o.name = c.base
  JOIN node AS d ON d.name = c.base
  LEFT JOIN wildcard_claim AS w ON w.name = c.name
  WHERE c.kind = 'dns'
) AS n
JOIN tier_rank AS t ON t.tier = n.tier
GROUP BY n.certificate
