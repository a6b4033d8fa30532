-- id: OWN-010
-- title: Account, credential or key used by several owners
-- says: Different owners use the {subject}: {owner} and {other_owner}.
-- subject: ACME account, credential, or public key in several certificates
-- severity: public=medium partner=medium internal=medium workload=medium
-- gate: observe
-- inputs: P C O
-- source: catalogue F.OWN
-- csf: PR.AA-01, PR.AA-05
-- nhi: NHI9:2025
-- missing: complete
-- remediation: Give each service its own.
-- Counts the owners of the jobs that use an account, of the services and jobs that a credential is for,
-- and of the names in the live certificates of a key. Two owners fail; that there is no second one can
-- be said when jobs, or for keys certificates, are claimed to be complete.
WITH used AS (
  SELECT 'account ' || j.account AS subject, j.job_owner AS owner, j.tier, 'jobs' AS kind FROM job_state AS j
  WHERE j.account IS NOT NULL AND j.active
  UNION ALL
  SELECT 'credential ' || c.id, COALESCE(s.owner, j.job_owner, c.owner), COALESCE(s.tier, j.tier, 'workload'), 'jobs'
  FROM credential AS c
  LEFT JOIN service AS s ON s.id = c.service
  LEFT JOIN job_state AS j ON j.id = c.job
  UNION ALL
  SELECT 'credential ' || c.id, j.job_owner, j.tier, 'jobs' FROM credential AS c JOIN job_state AS j ON j.id = c.job
  WHERE c.service IS NOT NULL
  UNION ALL
  SELECT 'key ' || n.spki, n.claim, n.tier, 'certificates' FROM scope_certificate_name AS n
  JOIN (SELECT spki FROM certificate_state WHERE live AND NOT is_ca GROUP BY spki HAVING COUNT(*) > 1) AS k ON k.spki = n.spki
  WHERE n.live
  UNION ALL
  SELECT 'key ' || s.spki, s.owner, s.tier, 'certificates' FROM certificate_state AS s
  JOIN (SELECT spki FROM certificate_state WHERE live AND NOT is_ca GROUP BY spki HAVING COUNT(*) > 1) AS k ON k.spki = s.spki
  LEFT JOIN (SELECT DISTINCT certificate FROM certificate_name WHERE kind = 'dns') AS d ON d.certificate = s.certificate
  WHERE s.live AND NOT s.is_ca AND d.certificate IS NULL
)
SELECT u.subject, t.tier, u.owner,
  CASE
    WHEN u.owners > 1 THEN FALSE
    WHEN u.unowned = 0 AND w.closed AND d.whole THEN TRUE
  END AS holds,
  u.uses, u.owners, u.other_owner, CASE WHEN u.unowned > 0 THEN 'ownership' ELSE 'complete' END AS missing
FROM (
  SELECT s.subject, s.kind, MIN(s.owner) AS owner, COUNT(DISTINCT s.owner) AS owners, COUNT(*) AS uses,
    CASE WHEN MAX(s.owner) <> MIN(s.owner) THEN MAX(s.owner) END AS other_owner,
    COUNT(*) - COUNT(s.owner) AS unowned, MIN(k.rank) AS rank
  FROM used AS s JOIN tier_rank AS k ON k.tier = s.tier
  GROUP BY s.subject, s.kind
) AS u
JOIN tier_rank AS t ON t.rank = u.rank
CROSS JOIN declared AS d
LEFT JOIN closed AS w ON w.kind = u.kind
