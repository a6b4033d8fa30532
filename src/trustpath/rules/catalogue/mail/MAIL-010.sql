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
  CASE WHEN m.bits < 2048 THEN FALSE WHEN m.whole THEN TRUE END AS holds, m.domain, m.bits
FROM mail_state AS m
JOIN name_owner AS o ON o.name = m.name
WHERE m.kind = 'dkim' AND m.bits >= 1024
