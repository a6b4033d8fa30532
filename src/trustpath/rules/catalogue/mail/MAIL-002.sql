-- id: MAIL-002
-- title: MX host missing from the MTA-STS policy
-- says: The MX host {host} of {domain} is not in its MTA-STS policy (mode {mode}), so senders may refuse it.
-- subject: domain and MX host
-- severity: public=high partner=high internal=- workload=-
-- gate: gate
-- inputs: Z E
-- source: catalogue F.MAIL; RFC 8461 4.1
-- csf: ID.RA-07, PR.PS-01
-- missing: policy
-- decides: declare the MTA-STS policy of the domain (mail)
-- remediation: Add the host to the policy, publish a new id, wait, and only then change the MX set.
-- A domain that announces MTA-STS, or whose policy is declared; the policy body has to be known. In
-- mode none senders ignore the hosts. A wildcard stands for exactly one label.
WITH want AS (
  SELECT domain FROM mail_policy_record WHERE kind = 'mta-sts' AND well_formed
  UNION SELECT domain FROM mail_policy
)
SELECT w.domain || ' ' || x.target AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(p.mode) IS NULL THEN NULL ELSE COUNT(e.pattern) + COUNT(f.pattern) > 0 END AS holds,
  w.domain, x.target AS host, MIN(p.mode) AS mode
FROM want AS w
JOIN node AS n ON n.name = w.domain
JOIN rdata AS x ON x.name = n.source AND x.zone = COALESCE(n.apex, x.zone) AND x.type = 'MX' AND x.target IS NOT NULL
JOIN name_owner AS o ON o.name = w.domain
LEFT JOIN mail_policy AS p ON p.domain = w.domain
LEFT JOIN mail_policy_host AS e ON e.domain = w.domain AND NOT e.wildcard AND e.pattern = x.target
LEFT JOIN mail_policy_host AS f ON f.domain = w.domain AND f.wildcard
  AND f.base = substr(x.target, instr(x.target, '.') + 1)
WHERE COALESCE(p.mode, '') <> 'none'
GROUP BY w.domain, x.target, o.tier, o.record_owner
