-- Driver: host names that DNS holds or a service declares (no wildcard owners, no underscore
-- names), with resolution, owners and tier.
-- index: name
SELECT h.name, n.apex, n.cut, n.held, n.present, n.source, n.synthesised,
  r.final, r.steps, r.looped, r.flattened, r.final_present, r.final_held, r.resolves, r.dangling, r.addresses, r.address,
  o.service, o.service_state, o.environment, o.owner, o.record_owner, o.tier
FROM (
  SELECT name FROM rrset WHERE NOT wildcard AND substr(name, 1, 1) <> '_' AND instr(name, '._') = 0
  UNION SELECT name FROM service_name WHERE NOT wildcard
) AS h
JOIN node AS n ON n.name = h.name
JOIN name_resolution AS r ON r.name = h.name
JOIN name_owner AS o ON o.name = h.name
