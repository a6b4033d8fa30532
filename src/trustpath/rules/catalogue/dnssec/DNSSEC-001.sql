-- id: DNSSEC-001
-- title: Name fails DNSSEC validation
-- says: Resolvers reject the answers for {subject} as bogus[ (extended error {ede})][, as seen from {vantage}].
-- subject: name
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z E
-- source: catalogue F.DNSSEC; RFC 4035 4.3, RFC 8914 4
-- csf: PR.IR-03, DE.CM-01, PR.DS-02
-- missing: resolution
-- remediation: Repair the chain of trust. Validating clients get nothing, and CAs have to refuse issuance.
-- Names that resolvers were asked for, and the apexes of signed zones, where nobody asked is unknown.
-- One resolver that fails a name with a DNSSEC error is enough; that it is not bogus takes an answer
-- from a resolver that is known to validate.
SELECT n.name AS subject, o.tier, o.record_owner AS owner,
  NOT d.bogus AS holds,
  a.ede, a.vantage, d.apex AS zone
FROM (
  SELECT q.name FROM answer AS q
  JOIN (SELECT DISTINCT base FROM scope_rrset WHERE issuance OR locates OR binds_key OR policy OR delegates) AS f ON f.base = q.name
  WHERE q.kind = 'recursive'
  UNION SELECT q.name FROM answer AS q JOIN service_name AS s ON s.base = q.name WHERE q.kind = 'recursive'
  UNION SELECT apex FROM zone WHERE signed
) AS n
JOIN dnssec_state AS d ON d.name = n.name
JOIN name_owner AS o ON o.name = n.name
LEFT JOIN (
  SELECT name, MIN(ede) AS ede, MIN(vantage) AS vantage FROM answer
  WHERE outcome = 'servfail' AND ede BETWEEN 6 AND 12 GROUP BY name
) AS a ON a.name = n.name
