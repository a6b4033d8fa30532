-- id: MAIL-003
-- title: Certificate of a mail host not valid
-- says: The mail host {host}[ at {address}] {fault}.
-- subject: MX host at an address
-- severity: public=high partner=high internal=- workload=-
-- gate: probe
-- inputs: Z E
-- source: catalogue F.MAIL; RFC 8461 4.2, RFC 3207
-- csf: PR.DS-02, PR.AA-03
-- missing: endpoints
-- remediation: Reissue from a public CA for the name of the MX host, which is what senders compare.
-- MX hosts of domains that announce MTA-STS, and those of a service that declares port 25: elsewhere
-- senders do not look at the certificate's names. What counts is what STARTTLS at port 25 gives.
WITH host AS (
  SELECT DISTINCT x.target AS name
  FROM (
    SELECT domain FROM mail_policy_record WHERE kind = 'mta-sts' AND well_formed UNION SELECT domain FROM mail_policy
  ) AS d
  JOIN node AS n ON n.name = d.domain
  JOIN rdata AS x ON x.name = n.source AND x.zone = COALESCE(n.apex, x.zone) AND x.type = 'MX' AND x.target IS NOT NULL
  UNION
  SELECT x.target FROM rdata AS x
  JOIN node AS n ON n.name = x.name AND COALESCE(n.apex, x.zone) = x.zone
  JOIN service_of AS s ON s.name = x.target
  JOIN service_port AS p ON p.service = s.service AND p.port = 25
  WHERE x.type = 'MX'
)
SELECT h.name || CASE WHEN a.address IS NULL THEN '' ELSE ' ' || a.address || ':25' END AS subject, o.tier, o.owner,
  CASE
    WHEN MIN(CASE WHEN q.named AND q.in_date AND q.publicly_trusted THEN 1
      WHEN NOT q.named OR NOT q.in_date OR NOT q.publicly_trusted THEN 0 END) = 0 THEN FALSE
    WHEN COUNT(CASE WHEN q.named AND q.in_date THEN q.publicly_trusted END) = COUNT(*) THEN TRUE
  END AS holds,
  h.name AS host, a.address,
  CASE
    WHEN MIN(q.named) = FALSE THEN 'serves a certificate that does not cover it'
    WHEN MIN(q.in_date) = FALSE THEN 'serves a certificate that is not valid at this time'
    WHEN MIN(q.publicly_trusted) = FALSE THEN 'serves a certificate that is not publicly trusted'
  END AS fault,
  MIN(q.leaf) AS certificate, MIN(q.not_after) AS not_after, MIN(q.reason) AS reason,
  CASE WHEN a.address IS NULL THEN 'resolution' ELSE 'endpoints' END AS missing
FROM host AS h
JOIN name_owner AS o ON o.name = h.name
LEFT JOIN (SELECT DISTINCT name, address, address_key FROM name_address) AS a ON a.name = h.name
LEFT JOIN served AS q ON q.name = h.name AND q.address_key = a.address_key AND q.port = 25 AND q.protocol = 'smtp'
GROUP BY h.name, a.address, o.tier, o.owner
