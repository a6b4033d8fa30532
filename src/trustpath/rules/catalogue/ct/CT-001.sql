-- id: CT-001
-- title: Unknown certificate for our name
-- says: A certificate for {name} (serial {subject}) was logged on {logged_at} and is not in the inventory.
-- subject: logged certificate (serial and issuing organisation)
-- severity: public=critical partner=high internal=medium workload=-
-- gate: observe
-- inputs: T C
-- source: catalogue F.CT; RFC 6962
-- csf: DE.CM-06, DE.AE-03, DE.AE-08, RS.MA-02
-- nhi: NHI1:2025
-- missing: certificates
-- remediation: Ask the owners; if nobody ordered it, report it to the CA, ask for revocation, and look at the history of the records.
-- The inventory has 24 hours to learn of a certificate; until then an unmatched one is unknown. After
-- that not being found is the finding, however incomplete the inventory; only when nothing of it
-- arrived at all can nothing be said.
SELECT c.id AS subject, c.tier, c.owner,
  CASE WHEN c.inventoried THEN TRUE WHEN k.certificates > 0 AND c.logged_at < m.now - 86400 THEN FALSE END AS holds,
  c.name, c.names, c.issuer, c.logged_at, c.not_before, c.not_after
FROM scope_ct_certificate AS c
CROSS JOIN moment AS m
LEFT JOIN (SELECT COUNT(*) AS certificates FROM certificate_place) AS k ON TRUE
