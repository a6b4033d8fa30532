-- Driver: every CAA property with the owner of the record and the tier of the name.
-- index: name
SELECT c.*, o.record_owner AS owner, o.tier, o.service
FROM caa_record AS c JOIN name_owner AS o ON o.name = c.name
