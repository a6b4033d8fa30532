-- id: ACME-013
-- title: Validation method being retired
-- says: Validation by {method} ends on {ends}, and {subject} still depends on it.
-- subject: renewal job, or name and record
-- severity: public=medium partner=medium internal=- workload=-
-- gate: observe
-- inputs: P K
-- source: catalogue F.ACME; BR 3.2.2.4, 3.2.2.5
-- csf: GV.OC-03, ID.RA-07
-- missing: jobs
-- decides: declare `method` of the job (jobs)
-- remediation: Move to a DNS or ACME method before the method ends.
-- Seen from a job's method, from `validationmethods` that name the method, and from the records that
-- exist for nothing else: contact properties and contact TXT records.
WITH sunset AS (SELECT method, MIN(ends) AS ends FROM method_sunset GROUP BY method),
seen AS (
  SELECT 'job ' || j.id AS subject, j.tier, j.job_owner AS owner, j.method
  FROM job_state AS j
  LEFT JOIN ca AS c ON c.id = j.ca
  WHERE j.active AND COALESCE(c.public, TRUE)
  UNION ALL
  SELECT c.name || ' CAA ' || c.tag, o.tier, o.record_owner, CASE WHEN c.tag = 'contactemail' THEN 'br-13' ELSE 'br-17' END
  FROM (SELECT DISTINCT name, tag FROM caa_record WHERE tag IN ('contactemail', 'contactphone')) AS c
  JOIN name_owner AS o ON o.name = c.name
  UNION ALL
  SELECT v.name || ' ' || v.type, o.tier, o.record_owner, CASE WHEN v.scheme = 'contact-email' THEN 'br-14' ELSE 'br-16' END
  FROM (SELECT DISTINCT name, type, base, scheme FROM validation_name WHERE scheme IN ('contact-email', 'contact-phone')) AS v
  JOIN name_owner AS o ON o.name = v.base
  UNION ALL
  SELECT q.name || ' CAA ' || q.method, o.tier, o.record_owner, substr(q.method, 5)
  FROM (SELECT DISTINCT name, method FROM caa_method WHERE substr(method, 1, 7) = 'ca-tbr-') AS q
  JOIN name_owner AS o ON o.name = q.name
)
SELECT s.subject, s.tier, s.owner,
  CASE WHEN k.methods = 0 OR s.method IS NULL THEN NULL WHEN x.method IS NULL THEN TRUE ELSE FALSE END AS holds,
  s.method, x.ends,
  CASE WHEN k.methods = 0 THEN 'policy' ELSE 'jobs' END AS missing
FROM seen AS s
CROSS JOIN (SELECT COUNT(*) AS methods FROM sunset) AS k
LEFT JOIN sunset AS x ON x.method = s.method
