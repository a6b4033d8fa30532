-- id: POL-003
-- title: TTL outside of policy
-- says: The TTL of {subject} is {ttl}; policy asks for {lowest_ttl} to {highest_ttl}.
-- subject: name and type
-- severity: public=low partner=low internal=low workload=low
-- gate: gate
-- inputs: Z' K
-- source: catalogue F.POL
-- csf: PR.PS-01, PR.IR-03
-- missing: zones
-- remediation: Set a TTL within the policy's bounds; before a change lower it and wait one old TTL.
-- Records with a trust function only (standards E.12). Delegations and zone keys conventionally live
-- long and have rules of their own; names that controllers write, values that are used once, and
-- provider aliases, which answer with the TTL of their target, are left out.
WITH RECURSIVE dynamic(name) AS (
  SELECT base FROM dynamic_name
  UNION
  SELECT d.name FROM dynamic AS y JOIN domain AS d ON d.parent = y.name
)
SELECT r.name || ' ' || r.type AS subject, r.tier, r.owner,
  CASE
    WHEN MIN(r.ttl <= p.ttl_high AND r.ttl >= p.ttl_low) = FALSE THEN FALSE
    WHEN COUNT(r.ttl) = COUNT(*) AND COUNT(p.tier) = COUNT(*) THEN TRUE
  END AS holds,
  CASE WHEN COUNT(p.tier) < COUNT(*) THEN 'policy' ELSE 'zones' END AS missing,
  MIN(r.zone) || ' with a TTL of ' || CAST(MIN(r.ttl) AS TEXT) AS cause, MIN(r.ttl) AS ttl, MAX(p.ttl_low) AS lowest_ttl, MIN(p.ttl_high) AS highest_ttl
FROM scope_rrset AS r
LEFT JOIN judged_policy AS p ON p.tier = r.tier
LEFT JOIN dynamic AS y ON y.name = r.base
LEFT JOIN (
  SELECT name, type, MIN(one_time) AS one_time FROM validation_name GROUP BY name, type
) AS v ON v.name = r.name AND v.type = r.type AND v.one_time
LEFT JOIN dynamic_record AS c ON c.name = r.name
WHERE (r.issuance OR r.locates OR r.binds_key OR r.policy OR r.delegates)
  AND r.type NOT IN ('NS', 'SOA', 'DS', 'DNSKEY', 'CDS', 'CDNSKEY', 'RRSIG', 'NSEC', 'NSEC3', 'NSEC3PARAM')
  AND NOT (r.ttl IS NULL AND r.type IN ('ALIAS', 'ANAME', 'Route53Provider/ALIAS'))
  AND y.name IS NULL AND v.name IS NULL AND c.name IS NULL
GROUP BY r.name, r.type, r.tier, r.owner
