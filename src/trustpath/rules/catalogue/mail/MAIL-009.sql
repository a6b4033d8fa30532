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
  CASE WHEN m.bits < 1024 THEN FALSE WHEN m.whole THEN TRUE END AS holds, m.domain, m.bits
FROM mail_state AS m
JOIN name_owner AS o ON o.name = m.name
WHERE m.kind = 'dkim' AND m.bits IS NOT NULL
