-- id: MAIL-010
-- title: DKIM key below 2,048 bits
-- subject: name of the DKIM key
-- severity: public=low partner=low internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: RFC 8301 3.2
-- csf: PR.AA-03, PR.DS-02
-- missing: zones
-- remediation: Have the provider sign with a key of 2,048 bits under a new selector, then revoke this one.
-- says: The DKIM key at {subject} is an RSA key of {bits} bits, which is short for today; 2,048 are recommended.
-- Signers should use 2,048 bits or more. Keys below 1,024 bits are MAIL-009's finding, what cannot be read is MAIL-008's, and
-- a revoked key is none. A zone that is not known whole may hold a second key.
SELECT m.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(m.key_bits) < 2048 THEN FALSE WHEN MIN(z.whole) = 1 THEN TRUE END AS holds,
  MIN(m.domain) AS domain, MIN(m.key_bits) AS bits
FROM mail_authentication AS m
JOIN (SELECT apex, MIN(CASE WHEN "full" THEN 1 ELSE 0 END) AS whole FROM zone GROUP BY apex) AS z ON z.apex = m.zone
JOIN node AS n ON n.name = m.name AND n.apex = m.zone AND n.cut IS NULL
JOIN name_owner AS o ON o.name = m.name
WHERE m.kind = 'dkim' AND m.key_type = 'rsa' AND m.key_bits IS NOT NULL
GROUP BY m.name, o.tier, o.record_owner
HAVING MIN(m.key_bits) >= 1024
