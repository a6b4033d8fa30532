-- id: ACME-003
-- title: IPv6 path differs
-- says: {subject} answers over IPv4 but not over IPv6; its AAAA record is {address}.
-- subject: name and port, with the method where a probe tells
-- severity: public=medium partner=medium internal=low workload=low
-- gate: probe
-- inputs: Z E
-- source: catalogue F.ACME; RFC 8305
-- csf: PR.PS-01, DE.CM-01
-- missing: endpoints
-- remediation: Mend the IPv6 path or withdraw the AAAA records.
-- Clients fall back to IPv4 and hide it, CAs may not: a name with AAAA records whose port answers
-- over IPv4 and not over IPv6. What fails over both is another matter and unknown here.
WITH seen AS (
  SELECT b.name, b.name || ':' || b.port AS subject, CASE WHEN substr(b.address_key, 1, 1) = '6' THEN 6 ELSE 4 END AS family,
    CASE WHEN b.outcome = 'served' THEN TRUE WHEN b.outcome IN ('timeout', 'refused', 'unreachable') THEN FALSE END AS fine
  FROM binding AS b
  UNION ALL
  SELECT p.name, p.name || ':' || p.port || ' ' || p.method, p.family, p.reached FROM probe AS p
),
judged AS (
  SELECT name, subject,
    MAX(CASE WHEN family = 4 AND fine THEN 1 ELSE 0 END) AS four,
    MAX(CASE WHEN family = 6 AND fine = FALSE THEN 1 ELSE 0 END) AS six_fails,
    COUNT(CASE WHEN family = 6 AND fine THEN 1 END) AS six_fine,
    COUNT(CASE WHEN family = 6 THEN 1 END) AS six
  FROM seen GROUP BY name, subject
)
SELECT j.subject, o.tier, o.owner,
  CASE WHEN j.six_fails = 1 AND j.four = 1 THEN FALSE WHEN j.six > 0 AND j.six_fine = j.six THEN TRUE END AS holds,
  a.address
FROM judged AS j
JOIN (SELECT name, MIN(address) AS address FROM name_address WHERE substr(address_key, 1, 1) = '6' GROUP BY name) AS a
  ON a.name = j.name
JOIN name_owner AS o ON o.name = j.name
