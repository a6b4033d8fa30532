-- id: ZONE-014
-- title: DS without a delegation
-- says: {zone} has a DS for {subject} (key tag {key_tag}) but no NS records, so there is nothing that it
--   secures.
-- subject: name
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z
-- source: RFC 4035 2.4
-- csf: PR.PS-01, ID.RA-01
-- missing: zones
-- remediation: Remove the DS, or put the NS records back that it belongs to.
-- A DS stands beside the NS records of a zone cut. Alone it is left over from a delegation that is gone, or
-- the delegation was lost.
SELECT s.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN COUNT(n.name) > 0 THEN TRUE WHEN z.whole THEN FALSE END AS holds,
  s.zone, MIN(s.key_tag) AS key_tag
FROM ds AS s
JOIN name_owner AS o ON o.name = s.name
JOIN domain AS u ON u.name = s.name
JOIN node AS p ON p.name = u.parent AND p.apex = s.zone AND p.cut IS NULL
LEFT JOIN rrset AS n ON n.zone = s.zone AND n.name = s.name AND n.type = 'NS'
LEFT JOIN (SELECT apex, MIN("full") AS whole FROM zone GROUP BY apex) AS z ON z.apex = s.zone
WHERE s.type = 'DS' AND s.name <> s.zone
GROUP BY s.name, s.zone, o.tier, o.record_owner, z.whole
