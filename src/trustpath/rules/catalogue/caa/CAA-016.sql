-- id: CAA-016
-- title: Removal of CAA records admits other CAs
-- says: Change {change} removes the CAA set at {name}; then {fallback} applies[, which admits
--   {admitted_issuer}].
-- subject: change and name of the CAA set
-- severity: public=high partner=medium internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: catalogue F.CAA; RFC 8659 3
-- csf: ID.RA-07, PR.AA-05
-- missing: zones
-- remediation: Keep the record, or publish the policy at the ancestor first.
-- Over changes that are proposed or approved and take away every property of a set without putting
-- another one there: what is then relevant is the set above, or none. A removal whose data is not
-- in the set cannot be followed.
WITH removal AS (
  SELECT r.change, r.name, r.rdata
  FROM change_record AS r
  JOIN open_change AS g ON g.id = r.change AND NOT g.made
  LEFT JOIN change_record AS added
    ON added.change = r.change AND added.name = r.name AND added.type = 'CAA' AND added.action = 'add'
  WHERE r.type = 'CAA' AND r.action = 'remove' AND added.change IS NULL
),
present AS (SELECT DISTINCT name, rdata FROM rdata WHERE type = 'CAA'),
size AS (SELECT name, COUNT(*) AS properties FROM present GROUP BY name),
taken AS (
  SELECT r.change, r.name, s.properties, COUNT(DISTINCT d.rdata) AS removed,
    MAX(CASE WHEN d.rdata IS NULL THEN 1 ELSE 0 END) AS astray
  FROM removal AS r
  JOIN size AS s ON s.name = r.name
  LEFT JOIN present AS d ON d.name = r.name AND (r.rdata IS NULL OR r.rdata = d.rdata)
  GROUP BY r.change, r.name, s.properties
)
SELECT t.change || ' ' || t.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN t.removed = t.properties THEN NOT a.fallback_looser END AS holds,
  t.change, t.name, COALESCE('the set at ' || a.above, 'no set') AS fallback,
  a.above, CASE WHEN a.fallback_looser THEN a.fallback_issuer END AS admitted_issuer,
  CASE WHEN t.removed = t.properties THEN 'zones' ELSE 'changes' END AS missing
FROM taken AS t
JOIN caa_above AS a ON a.owner = t.name
JOIN name_owner AS o ON o.name = t.name
WHERE t.removed = t.properties OR t.astray = 1
