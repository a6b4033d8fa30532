-- id: MAIL-001
-- title: Certificate of the MTA-STS policy host not valid
-- says: The MTA-STS policy host {host}[ at {address}] {fault}, so senders cannot fetch the policy.
-- subject: MTA-STS policy host at an address
-- severity: public=high partner=high internal=- workload=-
-- gate: probe
-- inputs: Z E
-- source: catalogue F.MAIL; RFC 8461 3.3
-- csf: PR.DS-02, PR.AA-03
-- missing: endpoints
-- remediation: Repair the certificate of the policy host. Senders keep an old policy only until its max_age.
-- Domains that announce a policy. The host has to exist and to serve, wherever it leads, a publicly
-- trusted certificate in date for its own name. The policy itself need not be known.
SELECT 'mta-sts.' || d.domain || CASE WHEN a.address IS NULL THEN '' ELSE ' ' || a.address || ':443' END AS subject, o.tier, o.owner,
  CASE
    WHEN a.address IS NULL AND r.resolves = FALSE THEN FALSE
    WHEN MIN(CASE WHEN q.named AND q.in_date AND q.publicly_trusted THEN 1
      WHEN NOT q.named OR NOT q.in_date OR NOT q.publicly_trusted THEN 0 END) = 0 THEN FALSE
    WHEN COUNT(CASE WHEN q.named AND q.in_date THEN q.publicly_trusted END) = COUNT(*) THEN TRUE
  END AS holds,
  'mta-sts.' || d.domain AS host, a.address,
  CASE
    WHEN a.address IS NULL AND r.resolves = FALSE THEN 'has no address'
    WHEN MIN(q.named) = FALSE THEN 'serves a certificate that does not cover it'
    WHEN MIN(q.in_date) = FALSE THEN 'serves a certificate that is not valid at this time'
    WHEN MIN(q.publicly_trusted) = FALSE THEN 'serves a certificate that is not publicly trusted'
  END AS fault,
  MIN(q.leaf) AS certificate, MIN(q.not_after) AS not_after, MIN(q.reason) AS reason, r.resolves,
  CASE WHEN a.address IS NULL THEN 'resolution' ELSE 'endpoints' END AS missing
FROM (SELECT DISTINCT domain FROM mail_policy_record WHERE kind = 'mta-sts' AND well_formed) AS d
JOIN name_owner AS o ON o.name = 'mta-sts.' || d.domain
JOIN name_resolution AS r ON r.name = 'mta-sts.' || d.domain
LEFT JOIN (SELECT DISTINCT name, address, address_key FROM name_address) AS a ON a.name = 'mta-sts.' || d.domain
LEFT JOIN served AS q ON q.name = 'mta-sts.' || d.domain AND q.address_key = a.address_key AND q.port = 443 AND q.protocol = 'tls'
GROUP BY d.domain, a.address, r.resolves, o.tier, o.owner
