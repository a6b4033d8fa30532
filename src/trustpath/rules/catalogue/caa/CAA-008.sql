-- id: CAA-008
-- title: CAA bound to an account that is not valid or not ours
-- says: The {tag} property at {name} binds {issuer} to the account {accounturi}, which {fault}.
-- subject: CAA property
-- severity: public=high partner=high internal=- workload=-
-- gate: gate
-- inputs: Z P
-- source: catalogue F.CAA; RFC 8657 3
-- csf: PR.AA-01, PR.AA-05
-- nhi: NHI1:2025
-- missing: accounts
-- remediation: Correct the URI before the next order; it must be an account of the issuer that the property names.
-- The URI must belong to a valid account of the same CA. One that the estate does not list is another's
-- only where its accounts are claimed to be all there are.
SELECT c.name || ' ' || c.tag || ' ' || c.value AS subject, c.tier, c.owner,
  CASE
    WHEN MAX(CASE WHEN a.status = 'valid' THEN 1 ELSE 0 END) = 1 THEN TRUE
    WHEN COUNT(a.uri) > 0 THEN FALSE
    WHEN COUNT(k.ca) > 0 AND w.closed THEN FALSE
  END AS holds,
  c.name, c.tag, c.issuer, c.accounturi, MIN(a.status) AS status, MIN(i.ca) AS ca,
  CASE
    WHEN MAX(CASE WHEN a.status = 'valid' THEN 1 ELSE 0 END) = 1 THEN NULL
    WHEN COUNT(a.uri) > 0 THEN 'is not valid any more'
    WHEN COUNT(k.ca) > 0 AND w.closed THEN 'is none of ours'
  END AS fault
FROM scope_caa AS c
LEFT JOIN ca_identity AS i ON i.identity = c.issuer
LEFT JOIN acme_account AS a ON a.uri = c.accounturi AND a.ca = i.ca
LEFT JOIN (SELECT DISTINCT ca FROM acme_account) AS k ON k.ca = i.ca
LEFT JOIN closed AS w ON w.kind = 'accounts'
WHERE c.tag IN ('issue', 'issuewild') AND c.accounturi IS NOT NULL AND c.issuer <> ''
GROUP BY c.name, c.tag, c.issuer, c.value, c.tier, c.owner, c.accounturi, w.closed
