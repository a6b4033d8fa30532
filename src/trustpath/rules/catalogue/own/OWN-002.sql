-- id: OWN-002
-- title: Record without an owner
-- says: Nobody owns {subject}[ (records there that a trust path depends on: {records})].
-- subject: record name and type; the zone for what is unowned in a zone that has no owner itself; the organisation where nothing has
-- severity: public=high partner=high internal=medium workload=low
-- gate: gate
-- inputs: Z O
-- source: catalogue F.OWN; standards E.12
-- csf: GV.RR-02, ID.AM-02
-- nhi: NHI1:2025
-- missing: ownership
-- consent: yes
-- remediation: Give the zone or the record an owner, and accept no new one without.
-- One cause is one subject: what nobody owns in a zone without an owner is one failure, however many
-- records it has, and an estate that never stated who owns zones or records is one unknown.
WITH record AS (
  SELECT r.zone, r.name, r.type, r.tier, r.owner, a.record_owner AS zone_owner, k.rank
  FROM scope_rrset AS r JOIN tier_rank AS k ON k.tier = r.tier
  JOIN name_owner AS a ON a.name = r.zone
  WHERE r.issuance OR r.locates OR r.binds_key OR r.policy OR r.delegates
),
area AS (
  SELECT r.zone, COUNT(*) AS records, MIN(r.rank) AS rank FROM record AS r
  WHERE r.owner IS NULL AND r.zone_owner IS NULL GROUP BY r.zone
)
SELECT r.name || ' ' || r.type AS subject, r.tier, r.owner,
  CASE WHEN r.owner IS NOT NULL THEN TRUE WHEN MIN(d.whole) = TRUE THEN FALSE END AS holds,
  MIN(r.zone) AS zone, CAST(NULL AS BIGINT) AS records
FROM record AS r
CROSS JOIN declared AS d
WHERE d.records > 0 AND (r.owner IS NOT NULL OR r.zone_owner IS NOT NULL)
GROUP BY r.name, r.type, r.tier, r.owner
UNION ALL
SELECT 'zone ' || a.zone, t.tier, NULL, CASE WHEN d.whole THEN FALSE END, a.zone, a.records
FROM area AS a
JOIN tier_rank AS t ON t.rank = a.rank
CROSS JOIN declared AS d
WHERE d.records > 0
UNION ALL
SELECT COALESCE(o.name, 'organisation'), COALESCE(o.default_tier, 'public'), NULL, NULL, NULL, CAST(NULL AS BIGINT)
FROM (SELECT COUNT(*) AS zones FROM zone) AS a
CROSS JOIN declared AS d
LEFT JOIN organisation AS o ON TRUE
WHERE a.zones > 0 AND d.records = 0
