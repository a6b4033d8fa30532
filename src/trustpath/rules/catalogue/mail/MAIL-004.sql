-- id: MAIL-004
-- title: MTA-STS policy changed without a new id
-- says: The MTA-STS policy of {subject} changed on {policy_changed}, but its record has the same id
--   ({policy_id}) since {record_since}, so senders keep the old one.
-- subject: domain that announces MTA-STS
-- severity: public=medium partner=medium internal=- workload=-
-- gate: probe
-- inputs: Z E H
-- source: catalogue F.MAIL; RFC 8461 3.1 and 8.2
-- csf: PR.PS-01
-- missing: policy
-- decides: declare the MTA-STS policy of the domain (mail) and keep a store, so that time can tell
-- remediation: Publish the policy body first and a new id right after it; senders fetch again only when the id changes.
-- Compared are the moment of the last change of the policy (mode, max_age or hosts) and the moment
-- since which the present record is seen. A record older than the body means that senders keep the old one.
SELECT d.domain AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN MIN(p.domain) IS NULL THEN NULL
    WHEN MIN(c.changed_at) = MIN(c.first_seen) THEN TRUE
    WHEN MIN(c.changed_at) > MAX(h.first_seen) THEN FALSE
    WHEN MIN(c.changed_at) <= MAX(h.first_seen) THEN TRUE
  END AS holds,
  MIN(d.policy_id) AS policy_id, MIN(c.changed_at) AS policy_changed, MAX(h.first_seen) AS record_since
FROM mail_policy_record AS d
JOIN name_owner AS o ON o.name = d.domain
JOIN node AS n ON n.name = d.name AND COALESCE(n.apex, d.zone) = d.zone
JOIN rdata AS x ON x.name = d.name AND x.zone = d.zone AND x.type = 'TXT'
LEFT JOIN rdata_history AS h ON h.name = x.name AND h.type = 'TXT' AND h.rdata = x.rdata
LEFT JOIN mail_policy AS p ON p.domain = d.domain
LEFT JOIN mail_policy_history AS c ON c.domain = d.domain
WHERE d.kind = 'mta-sts' AND d.well_formed
GROUP BY d.domain, o.tier, o.record_owner
