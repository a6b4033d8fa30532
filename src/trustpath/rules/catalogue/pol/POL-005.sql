-- id: POL-005
-- title: Record changed without approval
-- says: The record {name} {type} {event} on {seen_at} without an approved change[; {change} does not fit].
-- subject: record that appeared or went
-- severity: public=high partner=high internal=medium workload=low
-- gate: observe
-- inputs: Z H O
-- source: catalogue F.POL
-- csf: ID.RA-07, PR.PS-01, DE.CM-03
-- nhi: NHI10:2025
-- missing: changes
-- decides: declare when the change is made: `opens` and `closes` (changes)
-- remediation: Open an incident, or approve the change after the fact within one working day.
-- Only where changes are recorded, and only what was observed from the opening of the first recorded
-- one: what a zone held when it was first read is no change. A change is matched by action, name, type
-- and, where it says so, value; it may be observed as late after its window as the tier allows between
-- two observations. Values that are used once, names of controllers and the SOA are left out.
-- Certificates have no recorded changes yet.
WITH RECURSIVE
known AS (SELECT MIN(opens) AS since, COUNT(*) AS changes FROM change),
first_read AS (
  SELECT r.zone, MIN(h.first_seen) AS since
  FROM rdata AS r JOIN rdata_history AS h ON h.name = r.name AND h.type = r.type AND h.rdata = r.rdata
  GROUP BY r.zone
),
seen AS (
  SELECT 'add' AS action, r.name, r.type, r.rdata, MIN(h.first_seen) AS seen_at
  FROM rdata AS r
  JOIN rdata_history AS h ON h.name = r.name AND h.type = r.type AND h.rdata = r.rdata
  JOIN first_read AS z ON z.zone = r.zone
  JOIN trust_function AS f ON f.zone = r.zone AND f.name = r.name AND f.type = r.type
  LEFT JOIN validation_name AS v ON v.name = r.name AND v.type = r.type AND v.rdata = r.rdata AND v.one_time
  WHERE h.first_seen > z.since AND v.name IS NULL AND r.type <> 'SOA'
    AND (f.issuance OR f.locates OR f.binds_key OR f.policy OR f.delegates)
  GROUP BY r.name, r.type, r.rdata
  UNION ALL
  SELECT 'remove', h.name, h.type, h.rdata, h.gone_at
  FROM rdata_history AS h
  LEFT JOIN (
    SELECT DISTINCT name, type FROM trust_function WHERE issuance OR locates OR binds_key OR policy OR delegates
  ) AS f ON f.name = h.name AND f.type = h.type
  LEFT JOIN (SELECT DISTINCT name FROM validation_name WHERE one_time) AS v ON v.name = h.name
  WHERE h.gone_at IS NOT NULL AND h.type <> 'SOA' AND v.name IS NULL
    AND (f.name IS NOT NULL OR h.type IN ('A', 'AAAA', 'CNAME', 'DNAME', 'ALIAS', 'ANAME', 'CAA', 'NS', 'DS', 'DNSKEY',
      'CDS', 'CDNSKEY', 'MX', 'TLSA', 'SSHFP', 'SVCB', 'HTTPS', 'SRV'))
),
recent AS (
  SELECT s.* FROM seen AS s CROSS JOIN known AS k
  WHERE k.changes > 0 AND (k.since IS NULL OR s.seen_at >= k.since)
),
climb(name, here) AS (
  SELECT name, name FROM recent
  UNION
  SELECT name, substr(here, instr(here, '.') + 1) FROM climb WHERE instr(here, '.') > 0
),
dynamic AS (
  SELECT DISTINCT c.name FROM climb AS c JOIN dynamic_name AS y ON y.base = c.here
  UNION SELECT name FROM dynamic_record
),
judged AS (
  SELECT s.action, s.name, s.type, s.rdata, s.seen_at, COALESCE(o.tier, g.default_tier, 'public') AS tier, o.record_owner
  FROM recent AS s
  LEFT JOIN dynamic AS y ON y.name = s.name
  LEFT JOIN name_owner AS o ON o.name = s.name
  LEFT JOIN organisation AS g ON TRUE
  WHERE y.name IS NULL
),
consent AS (SELECT change, COUNT(*) AS approvals FROM change_approval GROUP BY change),
matched AS (
  SELECT j.action, j.name, j.type, j.rdata, MIN(c.id) AS id,
    MAX(CASE
      WHEN c.state NOT IN ('approved', 'applied') OR (c.state = 'applied' AND a.approvals IS NULL) THEN 0
      WHEN c.opens IS NULL AND c.closes IS NULL THEN 1
      WHEN c.opens > j.seen_at THEN 0
      WHEN c.closes IS NULL OR j.seen_at <= c.closes + p.observation_interval THEN 2
      WHEN p.tier IS NULL THEN 1
      ELSE 0 END) AS fit
  FROM judged AS j
  JOIN change_record AS r ON r.name = j.name AND r.type = j.type AND r.action = j.action
  JOIN change AS c ON c.id = r.change
  LEFT JOIN consent AS a ON a.change = c.id
  LEFT JOIN judged_policy AS p ON p.tier = j.tier
  WHERE r.rdata IS NULL OR r.rdata = j.rdata
  GROUP BY j.action, j.name, j.type, j.rdata
)
SELECT j.action || ' ' || j.name || ' ' || j.type || ' ' || j.rdata AS subject, j.tier, j.record_owner AS owner,
  CASE WHEN m.fit = 2 THEN TRUE WHEN m.fit = 1 OR k.since IS NULL THEN NULL ELSE FALSE END AS holds,
  j.name, j.type, CASE j.action WHEN 'add' THEN 'appeared' ELSE 'disappeared' END AS event, j.seen_at, m.id AS change
FROM judged AS j
CROSS JOIN known AS k
LEFT JOIN matched AS m ON m.action = j.action AND m.name = j.name AND m.type = j.type AND m.rdata = j.rdata
