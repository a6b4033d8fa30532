-- id: MAIL-007
-- title: DMARC record cannot be used
-- subject: name of the DMARC record
-- severity: public=medium partner=medium internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: RFC 7489 6.3, 6.4, 6.6.3; RFC 9091 (np)
-- csf: PR.AA-03, PR.PS-01
-- missing: zones
-- remediation: Publish exactly one record: v=DMARC1 first, then p=none, quarantine or reject, each tag once, reports to mailto: addresses.
-- says: Receivers cannot use the DMARC record at {subject}[, since {fault}][, since there are {records} records instead of one].
-- Receivers pass over what does not begin with v=DMARC1, and have no policy where more than one record is left or p is
-- missing or unknown. Other tags with an error are ignored one by one; they are told all the same, since what was
-- meant does not happen, such as a report that never comes. A zone that is not known whole may hold a second record.
SELECT m.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN m.fault IS NOT NULL OR m.number > 1 THEN FALSE WHEN m.whole THEN TRUE END AS holds,
  m.fault, CASE WHEN m.number > 1 THEN m.number END AS records
FROM mail_state AS m
JOIN name_owner AS o ON o.name = m.name
WHERE m.kind = 'dmarc'
