-- id: DANGLE-012
-- title: Alias to a hosting service where others can take the name
-- says: {subject} leads to {target} ({provider}), but {fault}; another customer takes the name when it
--   {claim}.
-- asks: {subject} leads to {target} ({provider}); nobody declares that it is still ours. Whoever
--   {claim} answers for the name. Not ours any more: {tells}.
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
-- The services are built in, and the estate may add some (hosting). TRUE when every address behind the
-- alias serves a certificate of our inventory for the name. That the target exists is no pass: at most
-- of these services it answers whether or not anybody has the name. FALSE when the service of the name
-- is retired, or gave its resource back. A target that does not exist is DANGLE-001's, one that
-- the estate vouches for DANGLE-002's.
SELECT h.name AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN s.service IS NOT NULL OR o.service_state = 'retired' THEN FALSE
    WHEN b.ours = 1 AND b.addresses = r.addresses THEN TRUE
  END AS holds,
  h.provider AS cause, h.target, h.provider, h.claim, h.tells, h.shared, o.service,
  CASE
    WHEN s.service IS NOT NULL THEN 'the service ' || o.service || ' gave its resource back'
    WHEN o.service_state = 'retired' THEN 'the service ' || o.service || ' is retired'
  END AS fault
FROM hosted_name AS h
JOIN name_owner AS o ON o.name = h.name
JOIN name_resolution AS r ON r.name = h.name
LEFT JOIN (SELECT DISTINCT service FROM retirement_step WHERE step = 'provider-resource' AND done) AS s ON s.service = o.service
LEFT JOIN (
  SELECT name, MIN(CASE WHEN covered AND stored THEN 1 ELSE 0 END) AS ours, COUNT(DISTINCT address_key) AS addresses
  FROM scope_binding GROUP BY name
) AS b ON b.name = h.name
WHERE NOT h.vouched AND COALESCE(h.present, TRUE) AND COALESCE(r.final_present, TRUE)
  AND substr(h.name, 1, 1) <> '_' AND instr(h.name, '._') = 0
