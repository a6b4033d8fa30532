-- Driver: every RRset with the owner of the record, its trust functions and the tier of its name. Glue
-- is among them, since it goes along with referrals; what else lies behind a cut is not.
-- index: name, type
SELECT r.zone, r.name, r.type, r.ttl, r.size, r.wildcard, r.base, r.parent, o.record_owner AS owner, o.owner AS name_owner,
  o.service, o.environment, o.tier,
  COALESCE(f.issuance, r.glue) AS issuance, COALESCE(f.locates, r.glue) AS locates, COALESCE(f.binds_key, r.glue) AS binds_key,
  COALESCE(f.policy, FALSE) AS policy, COALESCE(f.delegates, r.glue) AS delegates
FROM (
  SELECT zone, name, type, ttl, size, wildcard, base, parent, FALSE AS glue FROM rrset
  UNION ALL
  SELECT zone, name, type, MIN(ttl), COUNT(*), FALSE, name, substr(name, instr(name, '.') + 1), TRUE
  FROM occluded WHERE glue GROUP BY zone, name, type
) AS r
JOIN name_owner AS o ON o.name = r.base
LEFT JOIN trust_function AS f ON f.name = r.name AND f.type = r.type AND f.zone = r.zone
