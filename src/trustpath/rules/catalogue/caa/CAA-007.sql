-- id: CAA-007
-- title: CAA not bound to an account where policy asks for it
-- says: The {tag} property for {issuer} at {name} names no account (accounturi), so any account there may
--   obtain certificates.
-- subject: CAA property
-- severity: public=medium partner=low internal=- workload=-
-- gate: gate
-- inputs: Z K P
-- source: catalogue F.CAA; RFC 8657 3; BR 4.2.2.1
-- csf: PR.AA-05, PR.AA-02
-- nhi: NHI5:2025
-- missing: declaration
-- decides: declare the CA with its CAA names and whether it offers ACME (cas.caa, cas.acme)
-- remediation: Add `accounturi`; CAs must honour it from 2027-03-15, some do so today.
-- Only CAs that offer ACME have accounts that a URI names; an issuer that the estate does not know
-- may or may not.
SELECT c.name || ' ' || c.tag || ' ' || c.value AS subject, c.tier, c.owner,
  CASE WHEN c.accounturi <> '' THEN CASE WHEN c.doubt IS NULL THEN TRUE END WHEN COUNT(ca.id) > 0 THEN FALSE END AS holds,
  c.name, c.tag, MIN(ca.id) AS ca, c.issuer
FROM scope_caa AS c
JOIN judged_policy AS p ON p.tier = c.tier AND p.account_binding
LEFT JOIN ca_identity AS i ON i.identity = c.issuer
LEFT JOIN ca ON ca.id = i.ca
WHERE c.tag IN ('issue', 'issuewild') AND (c.well_formed OR c.doubt IS NOT NULL) AND c.issuer <> ''
GROUP BY c.name, c.tag, c.value, c.tier, c.owner, c.accounturi, c.doubt, c.issuer
HAVING COUNT(ca.id) = 0 OR MAX(ca.acme)
