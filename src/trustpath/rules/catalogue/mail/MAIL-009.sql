-- id: MAIL-009
-- title: DKIM key below 1,024 bits
-- subject: name of the DKIM key
-- severity: public=high partner=high internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: RFC 8301 3.2
-- csf: PR.AA-03, PR.DS-02
-- missing: zones
-- remediation: Revoke the key (an empty p), and sign with a key of 2,048 bits or more under a new selector.
-- says: The DKIM key at {subject} is an RSA key of {bits} bits, short enough to be broken, after which others can sign mail as {domain}.
-- Receivers must not accept such signatures; some do. Keys in force are judged, not revoked ones, and not what cannot be
-- read, which is MAIL-008's finding. A zone that is not known whole may hold a second key.
SELECT m.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(m.key_bits) < 1024 THEN FALSE WHEN MIN(z.whole) = 1 THEN TRUE END AS holds,
  MIN(m.domain) AS domain, MIN(m.key_bits) AS bits
FROM mail_authentication AS m
JOIN (SELECT apex, MIN(CASE WHEN "full" THEN 1 ELSE 0 END) AS whole FROM zone GROUP BY apex) AS z ON z.apex = m.zone
JOIN node AS n ON n.name = m.name AND n.apex = m.zone AND n.cut IS NULL
JOIN name_owner AS o ON o.name = m.name
WHERE m.kind = 'dkim' AND m.key_type = 'rsa' AND m.key_bits IS NOT NULL
GROUP BY m.name, o.tier, o.record_owner
