-- id: OWN-007
-- title: Change not approved by a second person
-- says: Change {subject}[ by {author}] lacks a separate approval: {fault}.
-- subject: change
-- severity: public=high partner=high internal=medium workload=low
-- gate: gate
-- inputs: O Z' C
-- source: catalogue F.OWN; standards G.5
-- csf: PR.AA-05, GV.RR-02
-- missing: changes
-- decides: have it approved by somebody else of the side that is missing
-- remediation: Hold the change until somebody else of the side that is missing has approved it.
-- Nobody approves his own change. On the public and partner tiers both sides must, by two people: roles
-- dns and certificate; on the internal tier both where the owners of record and name differ, else
-- one; on the workload tier anybody else. What a proposed change still lacks is unknown, what an
-- approved or applied one lacks is missing for good. For what the change at hand lacks the gate holds
-- it by itself: it is a case only once that is decided.
WITH touched AS (
  SELECT r.change, MIN(k.rank) AS rank, MIN(o.owner) AS owner,
    MAX(CASE WHEN o.owner = o.record_owner THEN 0 ELSE 1 END) AS apart
  FROM change_record AS r
  JOIN name_owner AS o ON o.name = r.name
  JOIN tier_rank AS k ON k.tier = o.tier
  GROUP BY r.change
),
given AS (
  SELECT a.change, MAX(CASE WHEN a.approver = c.author THEN 1 ELSE 0 END) AS by_author,
    MAX(CASE WHEN a.role = 'dns' AND a.approver <> c.author THEN 1 ELSE 0 END) AS dns,
    MAX(CASE WHEN a.role = 'certificate' AND a.approver <> c.author THEN 1 ELSE 0 END) AS certificate,
    COUNT(DISTINCT CASE WHEN a.role IN ('dns', 'certificate') AND a.approver <> c.author THEN a.approver END) AS sides,
    COUNT(DISTINCT CASE WHEN a.approver <> c.author THEN a.approver END) AS others
  FROM change_approval AS a JOIN change AS c ON c.id = a.change
  GROUP BY a.change
),
judged AS (
  SELECT c.id, c.author, c.state, COALESCE(r.tier, o.default_tier, 'public') AS tier, t.owner, t.apart,
    COALESCE(g.by_author, 0) AS by_author, COALESCE(g.dns, 0) AS dns, COALESCE(g.certificate, 0) AS certificate,
    COALESCE(g.sides, 0) AS sides, COALESCE(g.others, 0) AS others
  FROM change AS c
  LEFT JOIN touched AS t ON t.change = c.id
  LEFT JOIN tier_rank AS r ON r.rank = t.rank
  LEFT JOIN organisation AS o ON TRUE
  LEFT JOIN given AS g ON g.change = c.id
  WHERE c.state NOT IN ('rejected', 'planned')
)
SELECT j.id AS subject, j.tier, j.owner, j.holds,
  CASE WHEN j.holds = FALSE THEN CASE
    WHEN j.by_author = 1 THEN 'its author approved it'
    WHEN j.others = 0 THEN 'nobody else approved it'
    WHEN j.dns + j.certificate = 0 THEN 'neither the DNS nor the certificate side approved it'
    WHEN j.dns = 0 THEN 'the DNS side did not approve it'
    WHEN j.certificate = 0 THEN 'the certificate side did not approve it'
    ELSE 'one person approved it for both sides' END
  END AS fault,
  j.state, j.author, j.others AS approvers, j.by_author = 1 AS approved_by_author,
  j.dns = 1 AS dns_approved, j.certificate = 1 AS certificate_approved
FROM (SELECT j.*, CASE
    WHEN j.by_author = 1 THEN FALSE
    WHEN (j.tier IN ('public', 'partner') AND j.dns + j.certificate = 2 AND j.sides >= 2)
      OR (j.tier = 'internal' AND j.sides >= 1 AND (j.apart = 0 OR (j.dns + j.certificate = 2 AND j.sides >= 2)))
      OR (j.tier = 'workload' AND j.others >= 1) THEN CASE WHEN d.whole THEN TRUE END
    WHEN j.state IN ('proposed', 'made') THEN NULL
    ELSE FALSE
  END AS holds
  FROM judged AS j CROSS JOIN declared AS d) AS j
WHERE j.state <> 'made' OR j.holds IS NOT NULL
