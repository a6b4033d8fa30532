-- id: DANGLE-012
-- title: Alias to a hosting service where others can take the name
-- says: {subject} leads to {target} ({provider}), but {fault}; another customer takes the name when it
--   {claim}.
-- asks: {subject} leads to {target} ({provider}), and no declaration says that it is ours. Another customer
--   gets the name who {claim}. Sign that it is not ours any more: {tells}.
-- subject: name that is an alias
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z V O E
-- source: catalogue F.DANGLE; OWASP WSTG-CONF-10
-- csf: ID.AM-04, ID.RA-01, DE.CM-06
-- nhi: NHI1:2025, NHI3:2025
-- missing: declaration
-- decides: declare the alias with its service (services.aliases) or the provider (providers.hosts)
-- remediation: Look whether the resource is still ours; if it is, declare it, else delete the alias.
-- The services are built in, and the estate may add some (hosting). Whether the name is still ours there
-- is the link hosted_name's: a certificate of our inventory that is served passes, a service that is
-- retired fails, and that the target exists is no pass, since most of these services answer
-- whether or not anybody has the name. A target that does not exist is DANGLE-001's, one that the estate
-- vouches for DANGLE-002's, a service that asks for a proof of control DANGLE-015's.
SELECT name AS subject, tier, record_owner AS owner, ours AS holds,
  provider AS cause, target, provider, claim, tells, shared, service, fault
FROM hosted_name
WHERE NOT verified
