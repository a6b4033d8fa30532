-- id: ACME-006
-- title: Persistent grant ends before renewal
-- subject: renewal job and name, or a record whose end cannot be read
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z P
-- source: catalogue F.ACME; BR 3.2.2.4.22; draft-ietf-acme-dns-persist
-- csf: ID.AM-08, PR.PS-01
-- nhi: NHI7:2025
-- missing: jobs
-- remediation: Extend `persistUntil` through approval; write whole seconds since 1970.
-- Each job that validates by a persistent record must find one that still holds seven days after its
-- next renewal; several records are alternatives. A record above counts when it reaches down by
-- `policy=wildcard`. An end that is no integer is reported for the record itself.
WITH RECURSIVE need AS (
  SELECT job, name, base, wildcard, ca, next_renewal, tier, owner FROM scope_job_name
  WHERE method IN ('dns-persist-01', 'br-22')
),
climb(name, here) AS (
  SELECT DISTINCT base, base FROM need
  UNION
  SELECT c.name, d.parent FROM climb AS c JOIN domain AS d ON d.name = c.here WHERE d.parent <> ''
),
fit AS (
  SELECT n.job, n.name, MAX(CASE
      WHEN p.until IS NULL THEN 1
      WHEN n.next_renewal IS NULL THEN CASE WHEN p.until < m.now THEN -1 ELSE 0 END
      WHEN p.until >= n.next_renewal + 604800 THEN 1
      ELSE -1 END) AS lasts,
    MAX(p.until) AS until
  FROM need AS n
  CROSS JOIN moment AS m
  JOIN climb AS c ON c.name = n.base
  JOIN persist AS p ON p.base = c.here AND p.well_formed AND p.until_valid
  LEFT JOIN ca_identity AS i ON i.identity = p.issuer AND i.ca = n.ca
  WHERE (c.here = n.base OR p.wildcard) AND (n.ca IS NULL OR i.ca IS NOT NULL)
  GROUP BY n.job, n.name
)
SELECT 'job ' || n.job || ' ' || n.name AS subject, n.tier, n.owner,
  CASE WHEN f.lasts = 1 THEN TRUE WHEN f.lasts = -1 THEN FALSE END AS holds,
  f.until, n.next_renewal, CAST(NULL AS TEXT) AS value
FROM need AS n
JOIN fit AS f ON f.job = n.job AND f.name = n.name
UNION ALL
SELECT p.name || ' ' || p.value, o.tier, o.record_owner, FALSE, CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), p.value
FROM persist AS p
JOIN name_owner AS o ON o.name = p.base
WHERE NOT p.until_valid
