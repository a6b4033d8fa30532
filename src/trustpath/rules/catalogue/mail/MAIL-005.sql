-- id: MAIL-005
-- title: DANE for mail half built
-- says: DANE for mail of {domain} by {host} is not in effect: {fault}.
-- subject: domain and MX host
-- severity: public=medium partner=medium internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: catalogue F.MAIL; RFC 7672 2.2
-- csf: PR.DS-02
-- missing: resolution
-- remediation: Sign both the zone of the domain and the zone of its mail host.
-- Domains whose MX host publishes TLSA for port 25. Both the MX set and the TLSA set have to be secure
-- for senders to use DANE; where neither is, nothing was begun, and DANE-004 tells of the TLSA set.
SELECT x.name || ' ' || x.target AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(d.secure) = FALSE OR MIN(t.secure) = FALSE THEN FALSE
    WHEN COUNT(d.secure) = COUNT(*) AND COUNT(t.secure) = COUNT(*) THEN TRUE END AS holds,
  x.name AS domain, x.target AS host,
  CASE
    WHEN MIN(d.secure) = FALSE THEN 'the MX records are not secured by DNSSEC'
    WHEN MIN(t.secure) = FALSE THEN 'the TLSA records are not secured by DNSSEC'
  END AS fault,
  MIN(d.secure) AS mx_secure, MIN(t.secure) AS tlsa_secure
FROM rdata AS x
JOIN node AS n ON n.name = x.name AND COALESCE(n.apex, x.zone) = x.zone
JOIN scope_tlsa_service AS t ON t.host = x.target AND t.port = 25
JOIN dnssec_state AS d ON d.name = x.name
JOIN name_owner AS o ON o.name = x.name
WHERE x.type = 'MX' AND (COALESCE(d.secure, TRUE) OR COALESCE(t.secure, TRUE))
GROUP BY x.name, x.target, o.tier, o.record_owner
