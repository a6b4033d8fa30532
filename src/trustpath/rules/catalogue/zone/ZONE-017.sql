-- id: ZONE-017
-- title: Wildcard alias that no service declares
-- says: The wildcard alias {subject} leads every name below it to {target}, and no service declares it.
-- subject: wildcard name that is an alias
-- severity: public=low partner=low internal=low workload=-
-- gate: gate
-- inputs: Z O
-- source: RFC 4592 2.1.1
-- csf: ID.AM-03, PR.PS-01
-- missing: declaration
-- decides: declare the service of the wildcard name (services)
-- remediation: Declare the wildcard name with its service, or replace it by the names that are in use.
-- A wildcard alias gives every name below its base to one host, misspelt and forgotten ones too. It is fine
-- where a service declares that very name. Where the end is in other hands is ZONE-016's.
SELECT d.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN c.name IS NOT NULL THEN TRUE WHEN g.whole AND g.statements > 0 THEN FALSE END AS holds,
  MIN(d.target) AS target, c.service, d.zone
FROM rdata AS d
JOIN rrset AS r ON r.zone = d.zone AND r.name = d.name AND r.type = d.type AND r.wildcard
JOIN node AS b ON b.name = r.base AND b.apex = d.zone AND b.cut IS NULL
JOIN name_owner AS o ON o.name = r.base
CROSS JOIN declared AS g
LEFT JOIN wildcard_claim AS c ON c.name = d.name
WHERE d.type IN ('CNAME', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS') AND d.target IS NOT NULL
GROUP BY d.name, d.zone, o.tier, o.record_owner, c.name, c.service, g.whole, g.statements
