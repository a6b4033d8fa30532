-- id: ZONE-016
-- title: Wildcard alias gives names to somebody else
-- says: The wildcard alias {subject} gives every name below it to {holder}.
-- subject: wildcard name that is an alias
-- severity: public=high partner=high internal=medium workload=low
-- gate: gate
-- inputs: Z O
-- source: RFC 4592 2.1.1; BR 3.2.2.4 (authorization domain name)
-- csf: GV.SC-04, PR.AA-05, ID.RA-01
-- nhi: NHI3:2025
-- missing: declaration
-- decides: declare whose target it is (providers)
-- remediation: Name the hosts that are in use one by one, or declare and approve the provider.
-- Whoever runs the end answers for every name below that has no records, and can obtain a
-- certificate for each. Fine is an end in zones that we hold, at a domain of ours and at an approved
-- provider, where it is not proven absent: an absent one can be claimed, and all these names with it.
WITH wild AS (
  SELECT DISTINCT d.name, d.zone, r.base, d.type, d.target
  FROM rdata AS d
  JOIN rrset AS r ON r.zone = d.zone AND r.name = d.name AND r.type = d.type AND r.wildcard
  JOIN node AS b ON b.name = r.base AND b.apex = d.zone AND b.cut IS NULL
  WHERE d.type IN ('CNAME', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS') AND d.target IS NOT NULL
),
reached AS (
  SELECT w.name, e.final AS target, e.looped, e.final_present FROM wild AS w JOIN resolution AS e ON e.name = w.target
  UNION
  SELECT w.name, t.target, FALSE, TRUE FROM wild AS w JOIN alias_through AS t ON t.name = w.target
),
judged AS (
  SELECT r.name, r.target, q.provider,
    CASE
      WHEN r.looped THEN TRUE
      WHEN r.final_present = FALSE THEN FALSE
      WHEN q.name IS NULL THEN TRUE
      ELSE q.accepted
    END AS fine,
    CASE WHEN r.final_present = FALSE THEN ', which does not exist' ELSE ', which is neither ours nor approved' END AS fault
  FROM reached AS r LEFT JOIN lent_name AS q ON q.kind = 'alias' AND q.name = r.name AND q.target = r.target
)
SELECT w.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(j.fine) = FALSE THEN FALSE WHEN COUNT(j.fine) = COUNT(*) THEN TRUE END AS holds,
  MIN(COALESCE(CASE WHEN NOT COALESCE(j.fine, FALSE) THEN j.target END, w.target)) AS target, MIN(j.provider) AS provider, w.zone,
  MIN(CASE WHEN j.fine = FALSE THEN j.target || j.fault END) AS holder
FROM wild AS w
JOIN judged AS j ON j.name = w.name
JOIN name_owner AS o ON o.name = w.base
GROUP BY w.name, w.zone, o.tier, o.record_owner
