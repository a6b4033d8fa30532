-- id: ACME-006
-- title: Persistent validation record missing or ending before the renewal
-- says: [The job {job} finds no persistent validation record for {name} that still holds seven days after its
--   next renewal][ on {next_renewal}][; the last one ends on {until}][The end of the persistent validation
--   record at {record} is no whole number of seconds: {value}].
-- subject: renewal job and name, or a record whose end cannot be read
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z P
-- source: catalogue F.ACME; BR 3.2.2.4.22; draft-ietf-acme-dns-persist
-- csf: ID.AM-08, PR.PS-01
-- nhi: NHI7:2025
-- missing: jobs
-- decides: declare `next_renewal` of the job (jobs)
-- remediation: Write the record, or extend `persistUntil`, through approval; whole seconds since 1970.
-- Each job that validates by a persistent record must find one that still holds seven days after its
-- next renewal; several records are alternatives. A record above counts when it reaches down by
-- `policy=wildcard`, and a wildcard name needs one that does. That there is none can be said only where
-- every place up to the registered domain lies in a zone that we hold, nothing leads away from it or
-- answers for it, and the identities of the CA are known. An end that is no integer is reported for
-- the record itself.
WITH RECURSIVE need AS (
  SELECT job, name, base, wildcard, registered, ca, next_renewal, tier, owner FROM scope_job_name
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
  WHERE ((c.here = n.base AND NOT n.wildcard) OR p.wildcard) AND (n.ca IS NULL OR i.ca IS NOT NULL)
  GROUP BY n.job, n.name
),
doubt AS (
  SELECT DISTINCT n.base
  FROM (SELECT DISTINCT base, registered FROM need) AS n
  JOIN climb AS c ON c.name = n.base AND length(c.here) >= length(COALESCE(n.registered, ''))
  LEFT JOIN node AS h ON h.name = c.here AND h.held
  LEFT JOIN (SELECT DISTINCT name FROM rrset WHERE type IN ('CNAME', 'NS')) AS d ON d.name = '_validation-persist.' || c.here
  LEFT JOIN (SELECT DISTINCT base FROM rrset WHERE wildcard AND type IN ('CNAME', 'TXT')) AS a ON a.base = c.here
  WHERE h.name IS NULL OR d.name IS NOT NULL OR a.base IS NOT NULL
)
SELECT 'job ' || n.job || ' ' || n.name AS subject, n.tier, n.owner,
  CASE
    WHEN f.lasts = 1 THEN TRUE
    WHEN f.lasts = 0 OR d.base IS NOT NULL OR (n.ca IS NOT NULL AND i.ca IS NULL) THEN NULL
    ELSE FALSE
  END AS holds,
  CASE WHEN d.base IS NOT NULL THEN 'zones' WHEN n.ca IS NOT NULL AND i.ca IS NULL THEN 'declaration' ELSE 'jobs' END AS missing,
  n.job, n.name, CASE WHEN f.lasts = 1 THEN NULL ELSE f.until END AS until, n.next_renewal,
  CAST(NULL AS TEXT) AS record, CAST(NULL AS TEXT) AS value
FROM need AS n
LEFT JOIN fit AS f ON f.job = n.job AND f.name = n.name
LEFT JOIN doubt AS d ON d.base = n.base
LEFT JOIN (SELECT DISTINCT ca FROM ca_identity) AS i ON i.ca = n.ca
UNION ALL
SELECT p.name || ' ' || p.value, o.tier, o.record_owner, FALSE, CAST(NULL AS TEXT),
  CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), p.name, p.value
FROM persist AS p
JOIN name_owner AS o ON o.name = p.base
WHERE NOT p.until_valid
