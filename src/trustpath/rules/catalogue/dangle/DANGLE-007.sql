-- id: DANGLE-007
-- title: Valid certificate for a name that leads nowhere
-- says: {subject} leads nowhere ({dangling_by}), yet certificates for it are valid ({certificates})[:
--   {certificate} of ours][; serial {logged} in a log].
-- subject: dangling name
-- severity: public=critical partner=critical internal=high workload=high
-- gate: observe
-- inputs: Z C T
-- source: catalogue F.DANGLE; standards F rule 3
-- csf: RS.MI-01, RS.MI-02, DE.AE-03
-- nhi: NHI1:2025
-- missing: complete
-- remediation: Revoke ours, report those of others to the CA, then delete the record.
-- Subjects are names of which DANGLE-001 to -004 prove that they dangle. A certificate covers one by
-- exact name, by a wildcard one level above, or for a wildcard record by any name it answers; for a
-- delegation by any name at or below it. That nobody has one can be said only when inventory and
-- logs are both claimed to be complete.
WITH dangling AS (
  SELECT name, MIN(rule) AS rule, MAX(cut) AS cut FROM (
    SELECT name, 'DANGLE-001' AS rule, 0 AS cut FROM alias_end WHERE final_present = FALSE AND substr(name, 1, 1) <> '_'
    UNION
    SELECT a.name, 'DANGLE-002', 0 FROM alias_end AS a
    JOIN name_owner AS o ON o.name = a.name
    JOIN (SELECT DISTINCT name, target FROM alias_outside WHERE last AND kind <> 'service' AND vouched <> 'own') AS p ON p.name = a.name AND p.target = a.final
    LEFT JOIN (SELECT DISTINCT service FROM retirement_step WHERE step = 'provider-resource' AND done) AS s ON s.service = o.service
    WHERE (s.service IS NOT NULL OR o.service_state = 'retired') AND NOT a.final_held AND substr(a.name, 1, 1) <> '_'
    UNION
    SELECT name, 'DANGLE-003', 0 FROM address_allocation WHERE allocated = FALSE
    UNION
    SELECT child, 'DANGLE-004', 1 FROM delegation_state WHERE answers = FALSE AND substr(child, 1, 1) <> '_'
  ) AS found GROUP BY name
),
reach AS (
  SELECT name AS dangling, name, cut FROM dangling
  UNION SELECT g.name, n.name, g.cut FROM dangling AS g JOIN node AS n ON n.source = g.name
  UNION SELECT g.name, n.name, g.cut FROM dangling AS g JOIN node AS n ON n.cut = g.name WHERE g.cut = 1
  UNION SELECT g.name, n.name, g.cut FROM dangling AS g JOIN node AS n ON n.apex = g.name WHERE g.cut = 1
),
paper AS (
  SELECT base, wildcard, certificate AS id, 1 AS ours FROM scope_certificate_name WHERE live
  UNION ALL
  SELECT c.base, c.wildcard, c.serial || ' of ' || c.issuer_organisation, 0
  FROM scope_ct_name AS c CROSS JOIN moment AS m WHERE c.not_after >= m.now
),
covering AS (
  SELECT r.dangling, p.id, p.ours FROM reach AS r JOIN paper AS p ON p.base = r.name WHERE r.cut = 1 OR NOT p.wildcard
  UNION
  SELECT g.name, p.id, p.ours FROM dangling AS g
  JOIN domain AS d ON d.name = g.name JOIN paper AS p ON p.base = d.parent WHERE p.wildcard
)
SELECT g.name AS subject, o.tier, o.owner,
  CASE WHEN c.certificates > 0 THEN FALSE WHEN w.closed AND t.closed THEN TRUE END AS holds,
  g.rule AS dangling_by, c.certificates, c.certificate, c.logged
FROM dangling AS g
JOIN name_owner AS o ON o.name = g.name
LEFT JOIN (
  SELECT dangling, COUNT(DISTINCT id) AS certificates,
    MIN(CASE WHEN ours = 1 THEN id END) AS certificate, MIN(CASE WHEN ours = 0 THEN id END) AS logged
  FROM covering GROUP BY dangling
) AS c ON c.dangling = g.name
LEFT JOIN closed AS w ON w.kind = 'certificates'
LEFT JOIN closed AS t ON t.kind = 'ct'
