-- id: ZONE-015
-- title: Single name server
-- says: The zone {subject} has a single name server, {server}.
-- subject: zone, held or delegated
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z
-- source: RFC 1034 4.1, RFC 2182 5
-- csf: PR.IR-04, ID.RA-01
-- missing: zones
-- remediation: Add a second name server in another network, at the zone and at its parent.
-- Every zone has at least two servers. Both sides of a cut count together, as far as we hold them.
-- Delegated validation names are left out: their loss stops one validation.
SELECT g.name AS subject, o.tier, COALESCE(n.zone_owner, o.record_owner) AS owner,
  CASE WHEN g.servers > 1 THEN TRUE WHEN g.whole = 1 THEN FALSE END AS holds,
  g.server
FROM (
  SELECT d.name, COUNT(DISTINCT d.target) AS servers, MIN(d.target) AS server, MAX(CASE WHEN z.apex IS NOT NULL THEN 1 ELSE 0 END) AS whole
  FROM rdata AS d
  LEFT JOIN (SELECT apex FROM zone GROUP BY apex HAVING MIN(CASE WHEN "full" THEN 1 ELSE 0 END) = 1) AS z ON z.apex = d.zone
  WHERE d.type = 'NS' AND d.target IS NOT NULL AND substr(d.name, 1, 1) <> '_'
  GROUP BY d.name
) AS g
JOIN node AS n ON n.name = g.name
JOIN name_owner AS o ON o.name = g.name
