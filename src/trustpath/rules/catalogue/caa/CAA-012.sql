-- id: CAA-012
-- title: CAA without a report address
-- says: The CAA set at {subject} gives no address (iodef) to which CAs can report refused requests[; its value
--   is {value}].
-- subject: name of the CAA set
-- severity: public=low partner=low internal=- workload=-
-- gate: observe
-- inputs: Z V
-- source: catalogue F.CAA; RFC 8659 4.4
-- csf: DE.AE-06, RS.CO-03
-- missing: zones
-- remediation: Add an iodef property with a mailbox that somebody reads.
-- Looks at the record only: whether the mailbox takes mail is not known here. A value that is
-- neither mailto nor http(s) is no address. A zone that we hold in part may have the property
-- where we do not see it. The sets of one owner are one finding.
SELECT c.name AS subject, c.tier, c.owner,
  CASE
    WHEN MAX(CASE WHEN c.tag = 'iodef' AND c.well_formed THEN 1 ELSE 0 END) = 1 THEN TRUE
    WHEN n.held THEN FALSE
  END AS holds,
  COALESCE(c.owner, c.name) AS cause, MIN(CASE WHEN c.tag = 'iodef' THEN c.value END) AS value
FROM scope_caa AS c
JOIN node AS n ON n.name = c.name
GROUP BY c.name, c.tier, c.owner, n.held
