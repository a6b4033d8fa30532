-- id: BIND-006
-- title: Observed certificate missing from inventory
-- says: The certificate {subject}, served for {name} and valid until {not_after}, is not in the inventory.
-- subject: served certificate (SHA-256)
-- severity: public=high partner=high internal=medium workload=low
-- gate: observe
-- inputs: E C
-- source: catalogue F.BIND
-- csf: ID.AM-02, ID.AM-07
-- nhi: NHI1:2025
-- missing: certificates
-- remediation: Take it into the inventory with owner and source, or replace it with a managed one.
-- What the addresses of our own names serve for them. Not being found in the inventory is the finding
-- as soon as there is an inventory, unless it is claimed to be complete and did not arrive whole.
SELECT s.leaf AS subject, t.tier, s.owner,
  CASE
    WHEN s.stored THEN TRUE
    WHEN k.certificates > 0 AND COALESCE(w.closed, TRUE) THEN FALSE
  END AS holds,
  s.name, s.address, s.endpoints, s.not_after
FROM (
  SELECT b.leaf, MAX(b.stored) AS stored, MIN(b.owner) AS owner, MIN(r.rank) AS rank, MIN(b.name) AS name,
    MIN(b.address) AS address, COUNT(DISTINCT b.address) AS endpoints, MIN(b.not_after) AS not_after
  FROM scope_binding AS b
  JOIN owned_name AS o ON o.name = b.name
  JOIN tier_rank AS r ON r.tier = b.tier
  WHERE b.leaf IS NOT NULL
  GROUP BY b.leaf
) AS s
JOIN tier_rank AS t ON t.rank = s.rank
LEFT JOIN (SELECT COUNT(*) AS certificates FROM certificate_place) AS k ON TRUE
LEFT JOIN closed AS w ON w.kind = 'certificates'
