-- id: ZONE-012
-- title: MX or NS leads to an alias
-- says: The {type} record of {name} leads to {target}, which is an alias[ of {final}]; it has to be a host with
--   addresses.
-- subject: name, type and target
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z
-- source: RFC 2181 10.3, RFC 1912 2.4, RFC 5321 5.1
-- csf: PR.PS-01, ID.RA-01
-- missing: zones
-- remediation: Name the host at the end of the alias, or give the target addresses of its own.
-- Resolvers need not follow an alias here, some mail servers refuse, and no glue can stand for it.
-- Targets in zones that we hold, and others of which an alias was seen.
SELECT d.name || ' ' || d.type || ' ' || d.target AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN k.name IS NOT NULL THEN FALSE WHEN n.held THEN TRUE END AS holds,
  d.type, d.name, d.target, k.final, MIN(d.zone) AS zone
FROM (SELECT zone, name, type, target FROM rdata WHERE type IN ('MX', 'NS') AND target IS NOT NULL) AS d
JOIN node AS n ON n.name = d.target
JOIN rrset AS r ON r.zone = d.zone AND r.name = d.name AND r.type = d.type
JOIN name_owner AS o ON o.name = r.base
LEFT JOIN canonical_name AS k ON k.name = d.target
WHERE k.name IS NOT NULL OR (n.apex IS NOT NULL AND n.cut IS NULL)
GROUP BY d.name, d.type, d.target, o.tier, o.record_owner, k.name, n.held, k.final
