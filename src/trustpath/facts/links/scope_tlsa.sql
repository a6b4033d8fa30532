-- Driver: every TLSA record with owner, tier and the DNSSEC state of its name.
-- index: name
SELECT t.*, o.record_owner AS owner, o.owner AS name_owner, o.tier, o.service, d.secure
FROM tlsa AS t JOIN node AS n ON n.name = t.name AND COALESCE(n.apex, t.zone) = t.zone
JOIN name_owner AS o ON o.name = t.host JOIN dnssec_state AS d ON d.name = t.name
