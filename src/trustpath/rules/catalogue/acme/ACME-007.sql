-- id: ACME-007
-- title: Persistent validation record without an end
-- says: The persistent validation record at {name} lets the account {accounturi} obtain certificates from
--   {issuer} without an end.
-- subject: persistent validation record
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z K
-- source: catalogue F.ACME; BR 3.2.2.4.22
-- csf: PR.AA-05, GV.PO-01
-- nhi: NHI7:2025
-- missing: policy
-- remediation: Add `persistUntil` no later than the date at which the owner must attest the name again.
SELECT p.name || ' ' || p.value AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN p.until IS NOT NULL THEN TRUE WHEN t.tier IS NOT NULL THEN FALSE END AS holds,
  p.name, p.issuer, p.accounturi, p.until
FROM persist AS p
JOIN name_owner AS o ON o.name = p.base
LEFT JOIN judged_policy AS t ON t.tier = o.tier
WHERE p.well_formed AND p.until_valid AND COALESCE(t.persist_end_required, TRUE)
