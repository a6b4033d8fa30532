-- id: EXP-010
-- title: Planned renewals exceed a CA limit
-- says: From {crowded_from} on more renewals are planned than the limit of {ca} allows: {capacity} for each
--   {per}, here {scope}.
-- subject: CA and what its limit counts by
-- severity: public=medium partner=medium internal=low workload=medium
-- gate: probe
-- inputs: C P
-- source: catalogue F.wave2; RFC 9773 5
-- csf: PR.IR-04, GV.OC-05
-- missing: jobs
-- remediation: Spread the orders by the CA's suggested windows, merge them, or ask the CA for an override.
-- Orders in the order of their dates: a limit of N is exceeded when an order and the one N places
-- after it lie less than the window apart. Orders of clients that send 'replaces' to a CA with renewal
-- information are exempt and left out. A registered domain counts once for each order, a name set is
-- compared as a whole.
WITH RECURSIVE
due AS (
  SELECT j.id, j.ca, j.account, j.next_renewal, k.rank, j.job_owner
  FROM job_state AS j
  JOIN ca AS a ON a.id = j.ca
  JOIN tier_rank AS k ON k.tier = j.tier
  WHERE j.active AND NOT COALESCE(j.sends_replaces AND a.renewal_info, FALSE)
),
numbered AS (SELECT job, name, ROW_NUMBER() OVER (PARTITION BY job ORDER BY name) AS place FROM job_name),
spelled(job, place, names) AS (
  SELECT job, place, name FROM numbered WHERE place = 1
  UNION ALL
  SELECT s.job, n.place, s.names || ' ' || n.name
  FROM spelled AS s JOIN numbered AS n ON n.job = s.job AND n.place = s.place + 1
),
counted AS (
  SELECT d.ca, 'account' AS per, d.account AS scope, d.id, d.next_renewal, d.rank, d.job_owner
  FROM due AS d WHERE d.account IS NOT NULL
  UNION ALL
  SELECT DISTINCT d.ca, 'registered-domain', n.registered, d.id, d.next_renewal, d.rank, d.job_owner
  FROM due AS d JOIN job_name AS n ON n.job = d.id
  UNION ALL
  SELECT d.ca, 'name-set', s.names, d.id, d.next_renewal, d.rank, d.job_owner
  FROM due AS d
  JOIN (SELECT job, MAX(place) AS place FROM numbered GROUP BY job) AS z ON z.job = d.id
  JOIN spelled AS s ON s.job = z.job AND s.place = z.place
),
placed AS (
  SELECT ca, per, scope, next_renewal, ROW_NUMBER() OVER (PARTITION BY ca, per, scope ORDER BY next_renewal, id) AS place
  FROM counted WHERE next_renewal IS NOT NULL
),
crowded AS (
  SELECT a.ca, a.per, a.scope, MIN(a.next_renewal) AS starts, MAX(l.capacity) AS capacity
  FROM placed AS a
  JOIN ca_limit AS l ON l.ca = a.ca AND l.per = a.per
  JOIN placed AS b ON b.ca = a.ca AND b.per = a.per AND b.scope = a.scope AND b.place = a.place + l.capacity
  WHERE b.next_renewal - a.next_renewal < l."window"
  GROUP BY a.ca, a.per, a.scope
)
SELECT c.ca || ' ' || c.per || ' ' || c.scope AS subject, t.tier, c.owner,
  CASE
    WHEN x.ca IS NOT NULL THEN FALSE
    WHEN c.dated = c.orders AND w.closed THEN TRUE
  END AS holds,
  CASE WHEN c.dated < c.orders THEN 'jobs' ELSE 'complete' END AS missing,
  c.ca, replace(c.per, '-', ' ') AS per, c.scope, c.orders, x.capacity, x.starts AS crowded_from
FROM (
  SELECT ca, per, scope, COUNT(*) AS orders, COUNT(next_renewal) AS dated, MIN(rank) AS rank, MIN(job_owner) AS owner
  FROM counted GROUP BY ca, per, scope
) AS c
JOIN (SELECT DISTINCT ca, per FROM ca_limit) AS l ON l.ca = c.ca AND l.per = c.per
JOIN tier_rank AS t ON t.rank = c.rank
LEFT JOIN crowded AS x ON x.ca = c.ca AND x.per = c.per AND x.scope = c.scope
LEFT JOIN closed AS w ON w.kind = 'jobs'
