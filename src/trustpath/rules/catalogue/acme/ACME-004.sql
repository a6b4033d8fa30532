-- id: ACME-004
-- title: Persistent validation record for an account that is not approved
-- says: The persistent validation record at {name} lets the account {accounturi} obtain certificates from
--   {issuer}, but {fault}.
-- subject: persistent validation record
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z P K
-- source: catalogue F.ACME; BR 3.2.2.4.22; draft-ietf-acme-dns-persist
-- csf: PR.AA-05, PR.AA-01
-- nhi: NHI5:2025
-- missing: declaration
-- decides: declare the CA with its CAA names (cas.caa), and claim the CAs complete
-- remediation: Delete the record; deactivate the account if it is ours.
-- The issuer must be an approved CA and the account a valid one of ours at that CA. One that is not
-- declared is not ours where CAs, or accounts, are claimed to be all there are. A hashed account
-- URI cannot be turned back into an account here, so it is unknown. A record that is malformed or
-- past its end grants nothing any more.
SELECT p.name || ' ' || p.value AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN COUNT(i.ca) = 0 THEN CASE WHEN k.closed THEN FALSE END
    WHEN MAX(CASE WHEN c.approved AND (l.ca IS NULL OR t.ca IS NOT NULL OR NOT w.whole) THEN 1 ELSE 0 END) = 0 THEN FALSE
    WHEN MAX(CASE WHEN c.approved AND (l.ca IS NULL OR (t.ca IS NOT NULL AND w.whole)) THEN 1 ELSE 0 END) = 0 THEN NULL
    WHEN MAX(CASE WHEN a.status = 'valid' THEN 1 ELSE 0 END) = 1 THEN TRUE
    WHEN COUNT(a.uri) > 0 THEN FALSE
    WHEN p.form = 'plain' AND COUNT(n.ca) > 0 AND q.closed THEN FALSE
  END AS holds,
  p.name, p.issuer, p.accounturi, MIN(c.id) AS ca, MIN(a.status) AS status,
  CASE
    WHEN COUNT(i.ca) = 0 THEN CASE WHEN k.closed THEN 'that is no declared CA' END
    WHEN MAX(CASE WHEN c.approved AND (l.ca IS NULL OR t.ca IS NOT NULL OR NOT w.whole) THEN 1 ELSE 0 END) = 0
      THEN 'that CA is not approved for this tier'
    WHEN MAX(CASE WHEN c.approved AND (l.ca IS NULL OR (t.ca IS NOT NULL AND w.whole)) THEN 1 ELSE 0 END) = 0 THEN NULL
    WHEN MAX(CASE WHEN a.status = 'valid' THEN 1 ELSE 0 END) = 1 THEN NULL
    WHEN COUNT(a.uri) > 0 THEN 'the account is not valid'
    WHEN p.form = 'plain' AND COUNT(n.ca) > 0 AND q.closed THEN 'the account is not among ours'
  END AS fault,
  CASE WHEN COUNT(i.ca) = 0 THEN 'declaration' ELSE 'accounts' END AS missing
FROM persist AS p
JOIN name_owner AS o ON o.name = p.base
CROSS JOIN moment AS m
CROSS JOIN declared AS w
LEFT JOIN closed AS k ON k.kind = 'cas'
LEFT JOIN closed AS q ON q.kind = 'accounts'
LEFT JOIN ca_identity AS i ON i.identity = p.issuer
LEFT JOIN ca AS c ON c.id = i.ca
LEFT JOIN (SELECT DISTINCT ca FROM ca_tier) AS l ON l.ca = c.id
LEFT JOIN ca_tier AS t ON t.ca = c.id AND t.tier = o.tier
LEFT JOIN acme_account AS a ON a.uri = p.accounturi AND a.ca = c.id
LEFT JOIN (SELECT DISTINCT ca FROM acme_account) AS n ON n.ca = c.id
WHERE p.well_formed AND (p.until IS NULL OR p.until >= m.now)
GROUP BY p.name, p.value, o.tier, o.record_owner, k.closed, q.closed, p.issuer, p.accounturi, p.form, w.whole
