-- id: DNSSEC-006
-- title: CDS or CDNSKEY not as planned
-- says: The CDS or CDNSKEY records of {subject} {fault}.
-- subject: zone
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z
-- source: catalogue F.DNSSEC; RFC 7344 4, RFC 8078 4
-- csf: ID.RA-07, PR.AA-05
-- nhi: NHI5:2025
-- missing: declaration
-- decides: declare the keys of the plan (dnssec)
-- remediation: Remove the CDS and CDNSKEY records before the parent polls, then look who published them.
-- What CDS and CDNSKEY ask of the parent has to be the keys of the approved plan, neither more nor
-- less. A request to remove the DS needs a plan that says so; without any plan the keys are unknown.
WITH signal AS (
  SELECT zone, name, 'CDS' AS type, key_tag, deletes FROM ds WHERE type = 'CDS'
  UNION
  SELECT zone, name, 'CDNSKEY', key_tag, deletes FROM dnskey WHERE type = 'CDNSKEY'
),
plan AS (
  SELECT zone, MAX(CASE WHEN unsign THEN 1 ELSE 0 END) AS unsign, COUNT(DISTINCT key_tag) AS signers
  FROM expected_signer GROUP BY zone
),
asked AS (
  SELECT s.name, s.type, MAX(CASE WHEN s.deletes THEN 1 ELSE 0 END) AS deletes,
    SUM(CASE WHEN NOT s.deletes AND e.zone IS NULL THEN 1 ELSE 0 END) AS strange,
    COUNT(DISTINCT e.key_tag) AS expected,
    MIN(CASE WHEN NOT s.deletes AND e.zone IS NULL THEN s.key_tag END) AS key_tag
  FROM signal AS s
  LEFT JOIN expected_signer AS e ON e.zone = s.name AND e.key_tag = s.key_tag AND NOT s.deletes
  GROUP BY s.name, s.type
)
SELECT a.name AS subject, o.tier, COALESCE(n.zone_owner, o.record_owner) AS owner,
  CASE
    WHEN MAX(CASE WHEN a.deletes = 1 AND COALESCE(p.unsign, 0) = 0 THEN 1 ELSE 0 END) = 1 THEN FALSE
    WHEN MIN(p.zone) IS NULL THEN NULL
    WHEN MAX(CASE WHEN a.deletes = 0 AND (a.strange > 0 OR a.expected < p.signers) THEN 1 ELSE 0 END) = 1 THEN FALSE
    ELSE TRUE
  END AS holds,
  CASE
    WHEN MAX(CASE WHEN a.deletes = 1 AND COALESCE(p.unsign, 0) = 0 THEN 1 ELSE 0 END) = 1 THEN 'ask the parent to remove the DS, which nobody planned'
    WHEN MIN(p.zone) IS NULL THEN NULL
    WHEN MAX(CASE WHEN a.deletes = 0 AND a.strange > 0 THEN 1 ELSE 0 END) = 1 THEN 'ask for the key ' || MIN(a.key_tag) || ', which nobody planned'
    WHEN MAX(CASE WHEN a.deletes = 0 AND a.expected < p.signers THEN 1 ELSE 0 END) = 1 THEN 'leave out a key of the plan'
  END AS fault,
  MIN(a.key_tag) AS unexpected_key, MAX(a.deletes) AS removal
FROM asked AS a
JOIN name_owner AS o ON o.name = a.name
JOIN node AS n ON n.name = a.name
LEFT JOIN plan AS p ON p.zone = a.name
GROUP BY a.name, o.tier, o.record_owner, n.zone_owner
