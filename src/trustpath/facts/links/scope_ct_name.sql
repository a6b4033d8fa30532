-- Driver: every name of every logged certificate with the owner and tier of the name and whether
-- the certificate is one of ours: in the inventory by fingerprint, or by issuer and serial.
-- index: name
SELECT n.log, n.entry, n.name, n.base, n.wildcard, n.registered, e.logged_at, e.issuer, e.issuer_organisation, e.serial,
  e.not_before, e.not_after, e.precertificate, e.fingerprint, o.owner, o.tier, o.service, o.service_state, d.apex, d.cut,
  k.serial IS NOT NULL OR f.certificate IS NOT NULL AS inventoried
FROM ct_name AS n
JOIN ct_entry AS e ON e.log = n.log AND e.entry = n.entry
JOIN name_owner AS o ON o.name = n.base
JOIN node AS d ON d.name = n.base
LEFT JOIN (
  SELECT DISTINCT c.serial, c.issuer_organisation FROM certificate AS c
  JOIN certificate_state AS s ON s.certificate = c.fingerprint WHERE s.stored
) AS k ON k.serial = e.serial AND k.issuer_organisation = e.issuer_organisation
LEFT JOIN (SELECT certificate FROM certificate_state WHERE stored) AS f ON f.certificate = e.fingerprint
