-- id: CAA-007
-- title: No account binding where policy asks for it
-- subject: CAA property
-- severity: public=medium partner=low internal=- workload=-
-- gate: gate
-- inputs: Z K P
-- source: catalogue F.CAA; RFC 8657 3; BR 4.2.2.1
-- csf: PR.AA-05, PR.AA-02
-- nhi: NHI5:2025
-- missing: declaration
-- remediation: Add `accounturi`; CAs must honour it from 2027-03-15, some do so today.
-- Only CAs that offer ACME have accounts that a URI names; an issuer that the estate does not know
-- may or may not.
SELECT c.name || ' ' || c.tag || ' ' || c.value AS subject, c.tier, c.owner,
  CASE WHEN c.accounturi <> '' THEN CASE WHEN c.doubt IS NULL THEN TRUE END WHEN COUNT(ca.id) > 0 THEN FALSE END AS holds,
  MIN(ca.id) AS ca, c.issuer
FROM scope_caa AS c
JOIN judged_policy AS p ON p.tier = c.tier AND p.account_binding
LEFT JOIN ca_identity AS i ON i.identity = c.issuer
LEFT JOIN ca ON ca.id = i.ca
WHERE c.tag IN ('issue', 'issuewild') AND (c.well_formed OR c.doubt IS NOT NULL) AND c.issuer <> ''
GROUP BY c.name, c.tag, c.value, c.tier, c.owner, c.accounturi, c.doubt, c.issuer
HAVING COUNT(ca.id) = 0 OR MAX(ca.acme)
