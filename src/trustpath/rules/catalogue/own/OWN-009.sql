-- id: OWN-009
-- title: Zone differs from its approved source
-- says: The zone {subject} differs from its approved source {approved_source} (records: {differing})[; not
--   approved: {added}][; missing: {missed}].
-- subject: zone
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: Z H
-- source: catalogue F.OWN
-- csf: DE.CM-01, PR.PS-01, DE.CM-03
-- nhi: NHI5:2025, NHI10:2025
-- missing: zones
-- remediation: Restore the approved content, or take the change over by approval, and find out who wrote it.
-- Compares records, not TTLs, of the approved copy with every other copy in the same view. Left out are
-- what servers make themselves (SOA, signatures, denial, keys), declared dynamic names with all below, NS at
-- an apex for which the approved copy has none, and addresses where it has a provider's alias. A
-- record on one side only counts when the other side is whole. A copy that did not come is no agreement.
WITH RECURSIVE up(name, here) AS (
  SELECT d.name, d.name FROM rdata_copy AS d
  JOIN source_truth AS t ON t.zone = d.zone
  JOIN (SELECT COUNT(*) AS names FROM dynamic_name) AS y ON y.names > 0
  UNION
  SELECT name, substr(here, instr(here, '.') + 1) FROM up WHERE instr(here, '.') > 0
),
loose AS (SELECT DISTINCT u.name FROM up AS u JOIN dynamic_name AS y ON y.base = u.here),
approved AS (
  SELECT z.apex, z.part, z.view, z.whole FROM zone_copy AS z
  JOIN source_truth AS t ON t.zone = z.apex AND t.source = z.source
),
running AS (
  SELECT z.apex, z.part, z.view, z.whole, z.source, a.part AS truth, a.whole AS truth_whole FROM zone_copy AS z
  JOIN approved AS a ON a.apex = z.apex AND a.view = z.view
  LEFT JOIN source_truth AS t ON t.zone = z.apex AND t.source = z.source
  WHERE t.zone IS NULL
),
content AS (
  SELECT DISTINCT d.part, d.zone, d.name, d.type, d.rdata FROM rdata_copy AS d
  JOIN source_truth AS t ON t.zone = d.zone
  LEFT JOIN loose AS l ON l.name = d.name
  WHERE l.name IS NULL AND d.type NOT IN ('SOA', 'RRSIG', 'NSEC', 'NSEC3', 'NSEC3PARAM', 'DNSKEY', 'CDS', 'CDNSKEY', 'ZONEMD')
),
lent AS (
  SELECT DISTINCT part, name FROM content WHERE type IN ('ALIAS', 'ANAME', 'Route53Provider/ALIAS')
),
apex AS (SELECT DISTINCT part, name FROM content WHERE type = 'NS' AND name = zone),
extra AS (
  SELECT r.apex, r.part, c.name, c.type, c.rdata FROM running AS r
  JOIN content AS c ON c.part = r.part AND c.zone = r.apex
  LEFT JOIN content AS o ON o.part = r.truth AND o.zone = c.zone AND o.name = c.name AND o.type = c.type AND o.rdata = c.rdata
  LEFT JOIN lent AS l ON l.part = r.truth AND l.name = c.name
  LEFT JOIN apex AS n ON n.part = r.truth AND n.name = r.apex
  WHERE o.part IS NULL AND r.truth_whole AND NOT (l.name IS NOT NULL AND c.type IN ('A', 'AAAA'))
    AND NOT (c.type = 'NS' AND c.name = r.apex AND n.name IS NULL)
),
absent AS (
  SELECT r.apex, r.part, c.name, c.type, c.rdata FROM running AS r
  JOIN content AS c ON c.part = r.truth AND c.zone = r.apex
  LEFT JOIN content AS o ON o.part = r.part AND o.zone = c.zone AND o.name = c.name AND o.type = c.type AND o.rdata = c.rdata
  LEFT JOIN lent AS l ON l.part = c.part AND l.name = c.name
  WHERE o.part IS NULL AND r.whole
    AND NOT (l.name IS NOT NULL AND c.type IN ('A', 'AAAA', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS'))
),
differing AS (
  SELECT apex, COUNT(*) AS records, MIN(added) AS added, MIN(missed) AS missed FROM (
    SELECT apex, name || ' ' || type || ' ' || rdata AS added, NULL AS missed FROM extra
    UNION ALL SELECT apex, NULL, name || ' ' || type || ' ' || rdata FROM absent
  ) AS d GROUP BY apex
),
compared AS (
  SELECT apex, COUNT(*) AS copies, MIN(CASE WHEN whole AND truth_whole THEN 1 ELSE 0 END) AS whole FROM running GROUP BY apex
)
SELECT t.zone AS subject, COALESCE(z.tier, o.default_tier, 'public') AS tier, z.owner,
  CASE WHEN d.records > 0 THEN FALSE WHEN c.whole = 1 AND COALESCE(w.closed, TRUE) THEN TRUE END AS holds,
  t.source AS approved_source, c.copies, d.records AS differing, d.added, d.missed
FROM (SELECT zone, MIN(source) AS source FROM source_truth GROUP BY zone) AS t
LEFT JOIN scope_zone AS z ON z.apex = t.zone
LEFT JOIN organisation AS o ON TRUE
LEFT JOIN differing AS d ON d.apex = t.zone
LEFT JOIN compared AS c ON c.apex = t.zone
LEFT JOIN closed AS w ON w.kind = 'records'
