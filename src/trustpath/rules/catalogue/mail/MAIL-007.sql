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
  CASE WHEN MIN(m.fault) IS NOT NULL OR SUM(CASE WHEN m.versioned THEN 1 ELSE 0 END) > 1 THEN FALSE WHEN MIN(z.whole) = 1 THEN TRUE END AS holds,
  MIN(m.fault) AS fault,
  CASE WHEN SUM(CASE WHEN m.versioned THEN 1 ELSE 0 END) > 1 THEN SUM(CASE WHEN m.versioned THEN 1 ELSE 0 END) END AS records
FROM mail_authentication AS m
JOIN (SELECT apex, MIN(CASE WHEN "full" THEN 1 ELSE 0 END) AS whole FROM zone GROUP BY apex) AS z ON z.apex = m.zone
JOIN node AS n ON n.name = m.name AND n.apex = m.zone AND n.cut IS NULL
JOIN name_owner AS o ON o.name = m.name
WHERE m.kind = 'dmarc'
GROUP BY m.name, o.tier, o.record_owner
