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
  CASE WHEN MIN(m.fault) IS NOT NULL OR SUM(CASE WHEN m.versioned THEN 1 ELSE 0 END) > 1 THEN FALSE WHEN MIN(z.whole) = 1 THEN TRUE END AS holds,
  MIN(m.fault) AS fault,
  CASE WHEN SUM(CASE WHEN m.versioned THEN 1 ELSE 0 END) > 1 THEN SUM(CASE WHEN m.versioned THEN 1 ELSE 0 END) END AS records
FROM mail_authentication AS m
JOIN (SELECT apex, MIN(CASE WHEN "full" THEN 1 ELSE 0 END) AS whole FROM zone GROUP BY apex) AS z ON z.apex = m.zone
JOIN node AS n ON n.name = m.name AND n.apex = m.zone AND n.cut IS NULL
JOIN name_owner AS o ON o.name = m.name
WHERE m.kind = 'spf'
GROUP BY m.name, o.tier, o.record_owner
