-- id: BIND-016
-- title: Certificate for a name outside of our domains
-- says: The certificate {certificate} of {label} covers {name}, which lies in none of our domains and zones.
-- subject: certificate (SHA-256) and name
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: gate
-- inputs: C T O
-- source: catalogue F.BIND
-- csf: ID.AM-02, GV.SC-07, PR.AA-02
-- nhi: NHI1:2025
-- missing: declaration
-- decides: declare the domain (organisation.domains), and claim the domains complete
-- remediation: Check whether the domain was bought or transferred; if it is lost, revoke and stop renewal.
-- Ours are the declared domains with all below, names in zones that we hold, and single names of
-- somebody else's domain that a service or an ownership statement declares, that is to say names
-- lent to us. Any other is not ours where the domains are claimed to be all there are. Certificates of the inventory only: others are not ours to renew.
SELECT n.certificate || ' ' || n.name AS subject, n.tier, n.owner,
  CASE
    WHEN n.apex IS NOT NULL AND n.cut IS NULL THEN TRUE
    WHEN o.name IS NOT NULL THEN TRUE
    WHEN n.service IS NOT NULL OR n.claim IS NOT NULL THEN TRUE
    WHEN k.closed AND d.whole THEN FALSE
  END AS holds,
  n.certificate, n.name, n.label, n.registered, n.not_after
FROM scope_certificate_name AS n
LEFT JOIN closed AS k ON k.kind = 'domains'
CROSS JOIN declared AS d
LEFT JOIN owned_name AS o ON o.name = n.base
WHERE n.live AND n.stored AND n.usable
