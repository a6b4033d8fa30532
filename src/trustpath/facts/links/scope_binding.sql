-- Driver: every binding with the owners and tier of its name and the state of the served leaf.
-- index: name
SELECT b.*, o.environment, o.owner, o.record_owner, o.tier, o.service_state,
  c.not_before, c.not_after, c.spki, c.label, c.ca, c.owner AS certificate_owner, c.stored, c.revoked
FROM binding AS b
JOIN name_owner AS o ON o.name = b.name
LEFT JOIN certificate_state AS c ON c.certificate = b.leaf
