-- id: CT-003
-- title: Precertificate without a final certificate
-- says: {issuer} logged a precertificate for {name} on {logged_at} (serial {subject}), of which no certificate
--   was seen.
-- subject: logged precertificate (serial and issuing organisation)
-- severity: public=medium partner=medium internal=low workload=-
-- gate: observe
-- inputs: T C E
-- source: catalogue F.CT; RFC 6962 3.1
-- csf: DE.AE-03, ID.AM-02
-- missing: certificates
-- remediation: Look for the order behind it, and treat the certificate as issued: the CA is bound by what it logged.
-- Looked for in the inventory, at the endpoints and in the logs themselves; it has 24 hours to turn up.
SELECT c.id AS subject, c.tier, c.owner,
  CASE
    WHEN c.inventoried OR c.final_logged OR f.serial IS NOT NULL THEN TRUE
    WHEN k.certificates > 0 AND c.logged_at < m.now - 86400 THEN FALSE
  END AS holds,
  c.name, c.issuer, c.logged_at, c.not_after
FROM scope_ct_certificate AS c
JOIN (SELECT DISTINCT serial, issuer_organisation FROM ct_entry WHERE precertificate) AS p
  ON p.serial = c.serial AND p.issuer_organisation = c.issuer_organisation
CROSS JOIN moment AS m
LEFT JOIN (SELECT COUNT(*) AS certificates FROM certificate_place) AS k ON TRUE
LEFT JOIN (
  SELECT DISTINCT c2.serial, c2.issuer_organisation FROM presentation AS e JOIN certificate AS c2 ON c2.fingerprint = e.leaf
) AS f ON f.serial = c.serial AND f.issuer_organisation = c.issuer_organisation
