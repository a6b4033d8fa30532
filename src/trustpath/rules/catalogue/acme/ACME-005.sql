-- id: ACME-005
-- title: Persistent validation record reaches names of others
-- says: The persistent validation record at {name} lets an account of {issuer} obtain certificates for all
--   names below {base}, {fault}.
-- subject: persistent validation record
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z O
-- source: catalogue F.ACME; BR 3.2.2.4.22; draft-ietf-acme-dns-persist
-- csf: PR.AA-05, GV.RR-02
-- nhi: NHI5:2025
-- missing: ownership
-- remediation: Publish one record for each name instead, without `policy=wildcard`.
-- With `policy=wildcard`, and at any CA that does not document how it reads the policy (the
-- requirements do not ask it to), the grant reaches every name below. That is too wide where a name
-- below has another owner or is delegated away. That nobody else has a name below is known only
-- where the services are claimed to be complete.
WITH RECURSIVE below(base, name) AS (
  SELECT DISTINCT base, base FROM persist WHERE well_formed
  UNION
  SELECT b.base, d.name FROM below AS b JOIN domain AS d ON d.parent = b.name
),
reach AS (
  SELECT b.base, COUNT(DISTINCT o.owner) AS owners, COUNT(o.owner) AS owned, COUNT(*) AS names,
    MAX(CASE WHEN n.cut IS NOT NULL OR n.apex <> r.apex THEN 1 ELSE 0 END) AS delegated,
    MIN(CASE WHEN n.held THEN 1 ELSE 0 END) AS held
  FROM below AS b
  JOIN node AS n ON n.name = b.name
  JOIN node AS r ON r.name = b.base
  JOIN name_owner AS o ON o.name = b.name
  WHERE substr(b.name, 1, 1) <> '_' AND instr(b.name, '._') = 0
  GROUP BY b.base
),
judged AS (
  SELECT p.name, p.value, p.base, p.wildcard, p.issuer,
    CASE WHEN p.wildcard THEN TRUE WHEN COUNT(c.id) > 0 THEN MAX(NOT c.persist_policy_documented) END AS spreads
  FROM persist AS p
  CROSS JOIN moment AS m
  LEFT JOIN ca_identity AS i ON i.identity = p.issuer
  LEFT JOIN ca AS c ON c.id = i.ca
  WHERE p.well_formed AND (p.until IS NULL OR p.until >= m.now)
  GROUP BY p.name, p.value, p.base, p.wildcard, p.issuer
)
SELECT j.name || ' ' || j.value AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN j.spreads = FALSE THEN TRUE
    WHEN r.owners > 1 OR r.delegated = 1 THEN CASE WHEN j.spreads THEN FALSE END
    WHEN r.owned = r.names AND r.held = 1 AND w.closed THEN TRUE
  END AS holds,
  j.name, j.base, j.issuer, r.owners, r.delegated,
  CASE
    WHEN j.spreads = FALSE THEN NULL
    WHEN r.owners > 1 THEN 'which belong to different owners'
    WHEN r.delegated = 1 THEN 'of which some are delegated away'
  END AS fault,
  CASE WHEN j.spreads IS NULL AND (r.owners > 1 OR r.delegated = 1) THEN 'declaration'
    WHEN r.owned = r.names AND r.held = 1 THEN 'complete' ELSE 'ownership' END AS missing
FROM judged AS j
JOIN name_owner AS o ON o.name = j.base
LEFT JOIN reach AS r ON r.base = j.base
LEFT JOIN closed AS w ON w.kind = 'services'
