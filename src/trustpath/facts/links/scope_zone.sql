-- Driver: zones, with the owner of the zone and the strictest tier of any service name in it.
-- index: apex
SELECT z.apex, z.parent, z.registered, z."full" AS whole, z.signed, z.serial, z.negative_ttl,
  n.zone_owner AS owner, COALESCE(t.tier, o.default_tier, 'public') AS tier
FROM (
  SELECT apex, MIN(parent) AS parent, MIN(registered) AS registered, MIN("full") AS "full", MAX(signed) AS signed,
    MAX(serial) AS serial, MAX(negative_ttl) AS negative_ttl
  FROM zone GROUP BY apex
) AS z
JOIN node AS n ON n.name = z.apex
LEFT JOIN organisation AS o ON TRUE
LEFT JOIN (
  SELECT n2.apex, MIN(k.rank) AS rank FROM service_name AS s
  JOIN node AS n2 ON n2.name = s.base JOIN service AS v ON v.id = s.service JOIN tier_rank AS k ON k.tier = v.tier
  GROUP BY n2.apex
) AS x ON x.apex = z.apex
LEFT JOIN tier_rank AS t ON t.rank = x.rank
