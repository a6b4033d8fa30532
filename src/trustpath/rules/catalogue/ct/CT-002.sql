-- id: CT-002
-- title: Logged certificate from a CA that is not approved
-- says: {issuer}, which is no approved CA, issued a certificate for {name} (serial {subject}), valid until
--   {not_after}.
-- subject: logged certificate (serial and issuing organisation)
-- severity: public=critical partner=high internal=medium workload=-
-- gate: observe
-- inputs: T K
-- source: catalogue F.CT
-- csf: DE.CM-06, GV.SC-07
-- nhi: NHI3:2025
-- missing: policy
-- decides: declare the CA with its issuers (cas.issuers) and claim the CAs complete
-- remediation: Find out who ordered it, as for CT-001; then let CAA name the approved CAs only.
-- Issuers are known by organisation or whole name. One that belongs to no CA of the estate is not
-- approved where these are claimed to be all there are. One that several CAs share, of which not all
-- are approved, is unknown.
SELECT c.id AS subject, c.tier, c.owner,
  CASE
    WHEN COUNT(COALESCE(a.id, b.id)) > 0 THEN
      CASE WHEN MIN(COALESCE(a.approved, b.approved)) = MAX(COALESCE(a.approved, b.approved)) THEN MAX(COALESCE(a.approved, b.approved)) END
    WHEN k.closed THEN FALSE
  END AS holds,
  MIN(COALESCE(a.id, b.id)) AS ca, MIN(c.issuer) AS issuer, MIN(c.name) AS name, MIN(c.not_after) AS not_after
FROM scope_ct_certificate AS c
LEFT JOIN closed AS k ON k.kind = 'cas'
LEFT JOIN ca_issuer AS i ON i.value = c.issuer AND i.kind = 'dn'
LEFT JOIN ca AS a ON a.id = i.ca
LEFT JOIN ca_issuer AS g ON g.value = c.issuer_organisation AND g.kind = 'organisation'
LEFT JOIN ca AS b ON b.id = g.ca
GROUP BY c.id, c.tier, c.owner, k.closed
