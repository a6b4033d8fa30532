-- id: OWN-005
-- title: Ownership not confirmed for too long
-- says: The ownership of {subject} was last confirmed on {confirmed_at}[; policy asks for it every
--   {attestation_interval}].
-- subject: ownership statement (kind and pattern), or service
-- severity: public=medium partner=low internal=low workload=low
-- gate: observe
-- inputs: O K
-- source: catalogue F.OWN; policy attestation_period per tier
-- csf: GV.OV-02, ID.AM-08
-- missing: ownership
-- decides: declare when the ownership was last confirmed (`attested`)
-- remediation: Have the owner confirm what it owns.
-- The latest of what the statement says of itself and of when its owner last confirmed all that it
-- owns counts. A statement without any date is unknown.
WITH attested AS (
  SELECT o.kind || ' ' || o.pattern AS subject, n.tier, MIN(o.owner) AS owner, MAX(o.attested_at) AS own, MAX(w.attested_at) AS general
  FROM ownership AS o
  JOIN name_owner AS n ON n.name = o.base
  LEFT JOIN owner AS w ON w.id = o.owner
  GROUP BY o.kind, o.pattern, n.tier
  UNION ALL
  SELECT 'service ' || s.id, s.tier, MIN(s.owner), MAX(s.attested_at), MAX(w.attested_at)
  FROM service AS s LEFT JOIN owner AS w ON w.id = s.owner
  WHERE s.owner IS NOT NULL AND s.state <> 'retired'
  GROUP BY s.id, s.tier
)
SELECT a.subject, a.tier, a.owner,
  CASE
    WHEN a.own >= m.now - p.attestation_period OR a.general >= m.now - p.attestation_period THEN TRUE
    WHEN a.own IS NOT NULL OR a.general IS NOT NULL THEN FALSE
  END AS holds,
  a.own AS attested_at, a.general AS owner_attested_at,
  CASE WHEN a.general IS NULL OR a.own > a.general THEN a.own ELSE a.general END AS confirmed_at,
  p.attestation_period AS attestation_interval
FROM attested AS a
CROSS JOIN moment AS m
LEFT JOIN judged_policy AS p ON p.tier = a.tier
