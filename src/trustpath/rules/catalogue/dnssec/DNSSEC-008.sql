-- id: DNSSEC-008
-- title: Key rollover step too early
-- says: The rollover step {step} of {zone} is planned for {planned_time}, too early[: it is safe from
--   {safe_time} on][; the newest key was first seen on {newest_time}].
-- subject: step of a declared key rollover
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z H
-- source: catalogue F.DNSSEC and G.3; RFC 6781 4.1, RFC 7583 3
-- csf: PR.PS-01, ID.RA-07
-- missing: declaration
-- decides: declare from when the step is safe (dnssec.rollovers)
-- remediation: Delay the step until old data has left every cache, as the plan's safe time says.
-- The safe time is the plan's. Where it gives none, a key that is still not known to have been in the
-- zone for the TTL of its DNSKEY set makes any further step too early; else it is unknown.
WITH newest AS (
  SELECT h.name, MAX(h.first_seen) AS first_seen
  FROM rdata_history AS h CROSS JOIN moment AS m
  WHERE h.type = 'DNSKEY' AND h.gone_at IS NULL AND h.first_seen > m.history_since
  GROUP BY h.name
)
SELECT r.zone || ' ' || r.step || ' at ' || r."at" AS subject, o.tier, COALESCE(n.zone_owner, o.record_owner) AS owner,
  CASE
    WHEN MAX(r.safe_at) IS NOT NULL THEN r."at" >= MAX(r.safe_at)
    WHEN MIN(k.first_seen) <= r."at" AND MIN(k.first_seen) + MAX(t.ttl) > r."at" THEN FALSE
  END AS holds,
  r.zone, r.step, r."at" AS planned_time, MAX(r.safe_at) AS safe_time, MIN(k.first_seen) AS newest_time, r."at" AS planned, MAX(r.safe_at) AS safe_at, MIN(k.first_seen) AS newest_key
FROM rollover_step AS r
JOIN name_owner AS o ON o.name = r.zone
JOIN node AS n ON n.name = r.zone
LEFT JOIN newest AS k ON k.name = r.zone
LEFT JOIN rrset AS t ON t.name = r.zone AND t.type = 'DNSKEY'
GROUP BY r.zone, r.step, r."at", o.tier, o.record_owner, n.zone_owner
