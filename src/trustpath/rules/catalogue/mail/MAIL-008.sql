-- id: MAIL-008
-- title: DKIM key cannot be read
-- subject: name of the DKIM key
-- severity: public=medium partner=medium internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: RFC 6376 3.6.1, 3.6.2.2; RFC 8463
-- csf: PR.AA-03, PR.DS-02
-- missing: zones
-- remediation: Publish the key as the mail provider gives it, in one TXT record of several strings if it is long; where the provider gives a
--  host name, as a CNAME. Delete a selector that nobody signs with.
-- says: Mail that is signed with the DKIM key at {subject} fails[, since {fault}][, since there are {records} records instead of one].
-- A key with an empty p is revoked, which is fine. Strings are joined without a space. Several records for one
-- selector leave it open which one counts. A zone that is not known whole may hold a second one.
SELECT m.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN m.fault IS NOT NULL OR m.number > 1 THEN FALSE WHEN m.whole THEN TRUE END AS holds,
  m.fault, CASE WHEN m.number > 1 THEN m.number END AS records
FROM mail_state AS m
JOIN name_owner AS o ON o.name = m.name
WHERE m.kind = 'dkim'
