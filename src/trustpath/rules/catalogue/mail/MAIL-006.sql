-- id: MAIL-006
-- title: SPF record cannot be used
-- subject: name that has SPF
-- severity: public=medium partner=medium internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: RFC 7208 3.2, 4.5, 4.6.4, 12
-- csf: PR.AA-03, PR.PS-01
-- missing: zones
-- remediation: Publish exactly one record that begins with v=spf1, written as RFC 7208 section 12 says, and end it with -all or ~all.
-- says: Receivers cannot use the SPF of {subject}[, since {fault}][, since it has {records} records instead of one].
-- Receivers treat more than one record, and any part that they cannot read, as an error of all of it; a record
-- that they do not recognise is none. One that lets everybody send is as good as none either. Only look-ups that the
-- record makes by itself are counted, not those of what it includes. A zone that is not known whole may hold a
-- second record.
SELECT m.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN m.fault IS NOT NULL OR m.number > 1 THEN FALSE WHEN m.whole THEN TRUE END AS holds,
  m.fault, CASE WHEN m.number > 1 THEN m.number END AS records
FROM mail_state AS m
JOIN name_owner AS o ON o.name = m.name
WHERE m.kind = 'spf'
