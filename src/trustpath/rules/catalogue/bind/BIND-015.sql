-- id: BIND-015
-- title: Target of a service record lacks a matching certificate
-- says: {target}:{port}, to which {name} leads, serves the certificate {certificate}, which names neither the
--   target nor the domain.
-- subject: service record name, target and port
-- severity: public=high partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z E
-- source: catalogue F.BIND; RFC 2782, RFC 4985, RFC 9525 3 and 6.2, RFC 6120 13.7, RFC 6186 6
-- csf: PR.AA-03, PR.DS-02
-- nhi: NHI4:2025
-- missing: endpoints
-- remediation: Reissue the target's certificate with the identity that clients of the service look for.
-- Services that run over TLS or start it, and any other of which a target was seen serving TLS. What the
-- target serves, asked for as the target or as the domain, must name the target or the domain, as a
-- DNS name or as an SRV name of the service. A target at an approved provider, which nobody looked at, is
-- the provider's to certify and no subject.
WITH pointed AS (
  SELECT DISTINCT r.name, r.service, r.domain, r.target, r.port,
    r.protocol = 'tls' OR r.service IN ('sips', 'sipfederationtls', 'xmpp-client', 'xmpp-server', 'xmpps-client',
      'xmpps-server', 'imaps', 'imap', 'pop3s', 'pop3', 'submission', 'submissions', 'ldaps', 'https', 'matrix',
      'matrix-fed', 'caldavs', 'carddavs', 'autodiscover', 'turns', 'stuns', 'amqps', 'mqtts') AS secure
  FROM srv AS r
  WHERE r.protocol IN ('tcp', 'tls') AND r.target NOT IN ('', '.')
),
looked AS (
  SELECT p.name, p.domain, p.service, p.target, p.port, p.secure, a.address, q.leaf, q.reason
  FROM pointed AS p
  LEFT JOIN name_address AS a ON a.name = p.target
  LEFT JOIN (
    SELECT x.name, x.target, q.address, q.port, q.leaf, q.reason
    FROM pointed AS x
    JOIN presentation AS q ON q.port = x.port AND q.server_name = x.target
    UNION
    SELECT x.name, x.target, q.address, q.port, q.leaf, q.reason
    FROM pointed AS x
    JOIN presentation AS q ON q.port = x.port AND q.server_name = x.domain
  ) AS q ON q.name = p.name AND q.target = p.target AND q.address = a.address AND q.port = p.port
),
named AS (
  SELECT DISTINCT l.name, l.target, l.leaf FROM looked AS l
  JOIN certificate_name AS n ON n.certificate = l.leaf
  WHERE n.usable AND (
    (n.kind = 'dns' AND NOT n.wildcard AND n.name IN (l.target, l.domain))
    OR (n.kind = 'dns' AND n.wildcard AND (
      (instr(l.target, '.') > 1 AND n.base = substr(l.target, instr(l.target, '.') + 1))
      OR (instr(l.domain, '.') > 1 AND n.base = substr(l.domain, instr(l.domain, '.') + 1))))
    OR (n.kind = 'srv' AND n.name = '_' || l.service || '.' || l.domain)
    OR (n.kind = 'uri' AND n.name IN ('sip:' || l.domain, 'sips:' || l.domain, 'xmpp:' || l.domain)))
),
judged AS (
  SELECT l.name, l.target, l.port, l.secure, l.leaf, l.reason,
    CASE WHEN l.leaf IS NOT NULL THEN n.leaf IS NOT NULL END AS named
  FROM looked AS l LEFT JOIN named AS n ON n.name = l.name AND n.target = l.target AND n.leaf = l.leaf
)
SELECT j.name || ' ' || j.target || ':' || j.port AS subject, o.tier, o.owner,
  CASE WHEN MIN(j.named) = FALSE THEN FALSE WHEN COUNT(j.named) = COUNT(*) THEN TRUE END AS holds,
  j.name, j.target, j.port,
  COALESCE(MIN(CASE WHEN j.named = FALSE THEN j.leaf END), MIN(j.leaf)) AS certificate, MIN(j.reason) AS reason
FROM judged AS j
JOIN name_owner AS o ON o.name = j.name
LEFT JOIN outside_party AS q ON q.name = j.target AND q.outside AND q.provider IS NOT NULL AND q.accepted
GROUP BY j.name, j.target, j.port, o.tier, o.owner
HAVING (MAX(j.secure) = TRUE AND MAX(CASE WHEN q.name IS NOT NULL THEN 1 ELSE 0 END) = 0) OR COUNT(j.leaf) > 0
