-- id: DANGLE-015
-- title: Alias to a hosting service that verifies who takes the name
-- says: {subject} leads to {target} ({provider}), but {fault}; another customer takes the name when it
--   {claim}.
-- asks: {subject} leads to {target} ({provider}), and no declaration says that it is ours. Another customer
--   gets the name who {claim}. Sign that it is not ours any more: {tells}.
-- subject: name that is an alias
-- severity: public=medium partner=medium internal=low workload=low
-- gate: probe
-- inputs: Z V O E
-- source: catalogue F.DANGLE; OWASP WSTG-CONF-10
-- csf: ID.AM-04, ID.RA-01, DE.CM-06
-- nhi: NHI1:2025, NHI3:2025
-- missing: declaration
-- decides: declare the alias with its service (services.aliases) or the provider (providers.hosts)
-- remediation: Look whether the resource is still ours; if it is, declare it, else delete the alias.
-- As DANGLE-012, for services that ask for a proof of control or for a certificate before they serve a
-- domain: a stranger has to get past that as well, so the record is a loose end rather than an open door.
SELECT name AS subject, tier, record_owner AS owner, ours AS holds,
  provider AS cause, target, provider, claim, tells, shared, service, fault
FROM hosted_name
WHERE verified
