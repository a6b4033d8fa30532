-- Driver: every RRset with the owner of the record, its trust functions and the tier of its name.
-- index: name, type
SELECT r.zone, r.name, r.type, r.ttl, r.size, r.wildcard, r.base, r.parent, o.record_owner AS owner, o.owner AS name_owner,
  o.service, o.environment, o.tier,
  COALESCE(f.issuance, FALSE) AS issuance, COALESCE(f.locates, FALSE) AS locates, COALESCE(f.binds_key, FALSE) AS binds_key,
  COALESCE(f.policy, FALSE) AS policy, COALESCE(f.delegates, FALSE) AS delegates
FROM rrset AS r
JOIN name_owner AS o ON o.name = r.base
LEFT JOIN trust_function AS f ON f.name = r.name AND f.type = r.type AND f.zone = r.zone
