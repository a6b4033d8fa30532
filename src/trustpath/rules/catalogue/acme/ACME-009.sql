-- id: ACME-009
-- title: Removal cuts a renewal path
-- says: Change {change} removes {name} {type}[, by which the job {job} validates][, by which the provider of
--   the certificate for {certificate} renews it].
-- subject: change, validation name and type
-- severity: public=high partner=high internal=high workload=medium
-- gate: gate
-- inputs: Z P C
-- source: catalogue F.ACME; RFC 8555 8.4; BR 3.2.2.4.7, 3.2.2.4.22
-- csf: ID.RA-07, GV.OC-05
-- missing: complete
-- remediation: Migrate the job to another path first, then remove the record.
-- Over changes that are proposed or approved and remove a standing validation record without putting
-- one back: a delegation of the challenge name, a persistent grant, a provider's CNAME. One-time
-- values are used up and may go. It hurts when an active job validates the name by DNS, or when a
-- live public certificate for the name is renewed by the provider of the CNAME. That nobody else
-- needs it is known only where jobs and certificates are claimed to be complete. A persistent grant may
-- go where another one to a valid account of ours that reaches as far stays at the name. A token may go together
-- with its host: where the change leaves nothing at the host, and no wildcard answers instead, nothing is served there
-- for which a certificate could be renewed.
WITH kept AS (
  SELECT DISTINCT c.change, p.name
  FROM (SELECT DISTINCT change, name FROM change_record WHERE action = 'remove' AND type = 'TXT') AS c
  JOIN persist AS p ON p.name = c.name
  JOIN (SELECT name, MAX(wildcard) AS wildcard FROM persist GROUP BY name) AS x ON x.name = p.name
  JOIN ca_identity AS i ON i.identity = p.issuer
  JOIN acme_account AS a ON a.uri = p.accounturi AND a.ca = i.ca AND a.status = 'valid'
  CROSS JOIN moment AS m
  LEFT JOIN change_record AS r
    ON r.change = c.change AND r.name = p.name AND r.type = 'TXT' AND r.action = 'remove'
      AND (r.rdata IS NULL OR r.rdata = '"' || p.value || '"')
  WHERE p.well_formed AND p.wildcard = x.wildcard AND (p.until IS NULL OR p.until >= m.now) AND r.change IS NULL
),
gone AS (
  SELECT DISTINCT r.change, v.name, v.type, v.base, v.scheme
  FROM change_record AS r
  JOIN open_change AS g ON g.id = r.change AND NOT g.made
  JOIN validation_name AS v ON v.name = r.name AND v.type = r.type AND NOT v.one_time
  LEFT JOIN change_record AS added
    ON added.change = r.change AND added.name = r.name AND added.type = r.type AND added.action = 'add'
  LEFT JOIN kept AS k ON k.change = r.change AND k.name = v.name AND v.scheme = 'persist'
  WHERE r.action = 'remove' AND added.change IS NULL AND k.name IS NULL AND (r.rdata IS NULL OR r.rdata = v.rdata)
),
-- What a change leaves or puts at the host of a token, or at a wildcard that stands at it or answers for it.
rest AS (
  SELECT DISTINCT g.change, g.base
  FROM (SELECT DISTINCT change, base FROM gone) AS g
  JOIN rdata AS d
    ON d.name = g.base
      OR (substr(d.name, 1, 2) = '*.' AND substr('.' || g.base, length(g.base) - length(d.name) + 3) = substr(d.name, 2))
  LEFT JOIN change_record AS r
    ON r.change = g.change AND r.name = d.name AND r.type = d.type AND r.action = 'remove'
      AND (r.rdata IS NULL OR r.rdata = d.rdata)
  WHERE r.change IS NULL
  UNION
  SELECT DISTINCT g.change, g.base
  FROM (SELECT DISTINCT change, base FROM gone) AS g
  JOIN change_record AS r ON r.change = g.change AND r.action = 'add' AND r.name IN (g.base, '*.' || g.base)
),
ended AS (
  SELECT DISTINCT g.change, g.base
  FROM gone AS g
  JOIN node AS n ON n.name = g.base AND n.held
  JOIN change_record AS w ON w.change = g.change AND w.name = g.base AND w.action = 'remove'
  LEFT JOIN rest AS s ON s.change = g.change AND s.base = g.base
  WHERE g.type IN ('CNAME', 'NS') AND s.change IS NULL
),
jobs AS (
  SELECT base, MIN(CASE WHEN method IN ('dns-01', 'dns-account-01', 'dns-persist-01', 'br-7', 'br-21', 'br-22') THEN job END) AS job,
    MAX(CASE WHEN method IN ('dns-01', 'dns-account-01', 'dns-persist-01', 'br-7', 'br-21', 'br-22') THEN 1 ELSE 0 END) AS by_dns,
    MAX(CASE WHEN method IS NULL THEN 1 ELSE 0 END) AS unsaid
  FROM scope_job_name WHERE base IN (SELECT base FROM gone) GROUP BY base
),
managed AS (
  SELECT base, MIN(label) AS label FROM scope_certificate_name
  WHERE live AND publicly_issued AND base IN (SELECT base FROM gone) GROUP BY base
)
SELECT g.change || ' ' || g.name || ' ' || g.type AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN MAX(j.by_dns) = 1 THEN FALSE
    WHEN MAX(CASE WHEN m.base IS NOT NULL AND g.scheme IN ('acm', 'sectigo', 'ssl.com', 'digicert', 'globalsign', 'cloudflare', 'fastly') THEN 1 ELSE 0 END) = 1
      THEN FALSE
    WHEN MAX(j.unsaid) = 1 THEN NULL
    WHEN MAX(CASE WHEN e.base IS NOT NULL THEN 1 ELSE 0 END) = 1 THEN TRUE
    WHEN COALESCE(wj.closed, FALSE) AND COALESCE(wc.closed, FALSE) THEN TRUE
  END AS holds,
  g.change, g.name, g.type, MIN(g.scheme) AS scheme, CASE WHEN MAX(j.by_dns) = 1 THEN MIN(j.job) END AS job,
  CASE WHEN MAX(j.by_dns) = 1 THEN NULL ELSE MIN(m.label) END AS certificate,
  CASE WHEN MAX(j.unsaid) = 1 THEN 'jobs' ELSE 'complete' END AS missing
FROM gone AS g
JOIN name_owner AS o ON o.name = g.base
LEFT JOIN jobs AS j ON j.base = g.base
LEFT JOIN managed AS m ON m.base = g.base
LEFT JOIN ended AS e ON e.change = g.change AND e.base = g.base
LEFT JOIN closed AS wj ON wj.kind = 'jobs'
LEFT JOIN closed AS wc ON wc.kind = 'certificates'
GROUP BY g.change, g.name, g.type, o.tier, o.record_owner, wj.closed, wc.closed
