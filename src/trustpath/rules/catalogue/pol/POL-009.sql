-- id: POL-009
-- title: Inventory not reconciled
-- says: {matched} of {total} {items} on the {tier} tier are in the inventory or have an owner; the target is
--   {target} percent.
-- subject: kind of evidence and tier
-- severity: public=medium partner=medium internal=low workload=low
-- gate: observe
-- inputs: Z C E T
-- source: catalogue F.POL
-- csf: ID.AM-02, GV.OV-03
-- missing: complete
-- remediation: Run discovery, take what it finds into the inventory, and give it owners.
-- Endpoints count as matched when the certificate they serve is stored, zones when they have an owner,
-- logged certificates that are still valid when they are in the inventory. What was not seen may fall
-- either way, so the share has a lower and an upper bound. That the target is met can only be said of
-- evidence that is claimed to be complete. Nothing can be reconciled while only DNS or only
-- certificates are connected.
WITH item AS (
  SELECT 'endpoints' AS kind, tier, CASE WHEN leaf IS NOT NULL THEN stored END AS matched FROM scope_binding
  UNION ALL
  SELECT 'zones', tier, owner IS NOT NULL FROM scope_zone
  UNION ALL
  SELECT 'ct', t.tier, e.inventoried
  FROM (
    SELECT n.issuer, n.serial, MAX(n.inventoried) AS inventoried, MIN(k.rank) AS rank
    FROM scope_ct_name AS n CROSS JOIN moment AS m JOIN tier_rank AS k ON k.tier = n.tier
    WHERE n.not_after >= m.now AND (n.apex IS NOT NULL OR n.service IS NOT NULL OR n.owner IS NOT NULL)
    GROUP BY n.issuer, n.serial
  ) AS e JOIN tier_rank AS t ON t.rank = e.rank
),
share AS (
  SELECT kind, tier, COUNT(*) AS total, COUNT(CASE WHEN matched THEN 1 END) AS matched, COUNT(matched) AS seen
  FROM item GROUP BY kind, tier
)
SELECT s.kind || ' ' || s.tier AS subject, s.tier, CAST(NULL AS TEXT) AS owner,
  CASE
    WHEN 100 * (s.matched + s.total - s.seen) < p.inventory_target * s.total THEN FALSE
    WHEN 100 * s.matched >= p.inventory_target * s.total AND w.closed THEN TRUE
  END AS holds,
  CASE WHEN p.tier IS NULL THEN 'policy' WHEN s.seen < s.total THEN 'endpoints' ELSE 'complete' END AS missing,
  CASE s.kind WHEN 'ct' THEN 'logged certificates' ELSE s.kind END AS items, s.total, s.matched, p.inventory_target AS target
FROM share AS s
CROSS JOIN (
  SELECT MAX(CASE WHEN kind IN ('zonefile', 'octodns', 'axfr', 'resolve', 'zones') THEN 1 ELSE 0 END) AS dns,
    MAX(CASE WHEN kind IN ('certificates', 'vault') THEN 1 ELSE 0 END) AS certificates FROM part
) AS c
LEFT JOIN judged_policy AS p ON p.tier = s.tier
LEFT JOIN closed AS w ON w.kind = CASE s.kind WHEN 'zones' THEN 'records' ELSE s.kind END
WHERE c.dns = 1 AND c.certificates = 1
