-- id: CAA-001
-- title: No CAA policy applies
-- says: Any public CA may issue for {example}, since no CAA record applies to it (names of {subject} without
--   one: {names_without}).
-- subject: zone; name that lies in no zone that we hold
-- severity: public=medium partner=low internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: catalogue F.CAA; RFC 8659 3
-- csf: PR.AA-05, PR.PS-01, GV.PO-01
-- missing: zones
-- remediation: Publish a CAA set at the registered domain; `0 issue ";"` where no certificate is ever needed.
-- One row for a zone, however many of its names lack a policy: one record at the apex mends them
-- all. The apex counts as a name, since a wildcard or a new host takes its policy from there, and
-- names that are no hosts do not. Under a set further up some policy applies even where an alias leads
-- to where nobody sees: the one at its end, or else that set.
-- Reverse zones hold no names that a public CA may certify. A name that no zone of ours contains
-- stands for itself, so that a zone does not pass because a declaration is missing; what is
-- delegated away counts only where a service of ours uses it.
WITH scope AS (
  SELECT apex AS place, apex AS name, tier FROM scope_zone
  WHERE substr(apex, -5) <> '.arpa' AND instr(apex, '.') > 0
  UNION
  SELECT CASE WHEN n.source = n.name AND n.cut IS NULL THEN n.apex ELSE n.name END, n.name, n.tier
  FROM scope_name AS n
  LEFT JOIN (
    SELECT DISTINCT name FROM rrset
    WHERE type IN ('A', 'AAAA', 'CNAME', 'DNAME', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS', 'MX', 'HTTPS', 'SVCB', 'NS')
  ) AS h ON h.name = n.name
  WHERE n.present IS NOT FALSE AND (n.cut IS NULL OR n.service IS NOT NULL) AND substr(n.name, -5) <> '.arpa'
    AND (h.name IS NOT NULL OR n.service IS NOT NULL)
),
judged AS (
  SELECT s.place, s.name, k.rank,
    CASE WHEN v.owner IS NOT NULL THEN TRUE WHEN v.known THEN FALSE END AS covered
  FROM scope AS s
  JOIN caa_relevant AS v ON v.name = s.name
  JOIN tier_rank AS k ON k.tier = s.tier
  LEFT JOIN judged_policy AS p ON p.tier = s.tier
  WHERE COALESCE(p.caa_required, TRUE)
)
SELECT j.place AS subject, t.tier, o.record_owner AS owner,
  CASE WHEN MIN(j.covered) = FALSE THEN FALSE WHEN COUNT(j.covered) = COUNT(*) THEN TRUE END AS holds,
  COUNT(CASE WHEN j.covered = FALSE THEN 1 END) AS names_without,
  COALESCE(MIN(CASE WHEN j.covered = FALSE AND j.name = j.place THEN j.name END), MIN(CASE WHEN j.covered = FALSE THEN j.name END)) AS example
FROM judged AS j
JOIN (SELECT place, MIN(rank) AS rank FROM judged GROUP BY place) AS r ON r.place = j.place
JOIN tier_rank AS t ON t.rank = r.rank
JOIN name_owner AS o ON o.name = j.place
GROUP BY j.place, t.tier, o.record_owner
