-- Every name that any fact mentions, with all its ancestors: the tree on which the other links
-- stand. Names below a DNAME bring the name they are rewritten to (RFC 6672).
-- index: name; parent
WITH RECURSIVE seed(name) AS (
  SELECT name FROM rrset
  UNION SELECT base FROM rrset WHERE wildcard
  UNION SELECT name FROM occluded
  UNION SELECT apex FROM zone
  UNION SELECT target FROM rdata WHERE target IS NOT NULL
  UNION SELECT base FROM certificate_name WHERE kind = 'dns' AND usable
  UNION SELECT base FROM ct_name
  UNION SELECT base FROM service_name
  UNION SELECT base FROM job_name
  UNION SELECT base FROM ownership
  UNION SELECT name FROM answer
  UNION SELECT final FROM answer
  UNION SELECT target FROM answer_alias
  UNION SELECT name FROM probe
  UNION SELECT pattern FROM mail_policy_host WHERE NOT wildcard
  UNION SELECT 'mta-sts.' || domain FROM mail_policy_record WHERE kind = 'mta-sts'
  UNION SELECT host FROM tlsa
  UNION SELECT name FROM dynamic_record
  UNION SELECT name FROM change_record
  UNION SELECT base FROM name_transfer
  UNION SELECT public_name FROM svcb WHERE public_name IS NOT NULL
),
step(target, suffix, size) AS (
  SELECT CAST(NULL AS TEXT), CAST(NULL AS TEXT), 0
  UNION ALL
  SELECT target, '.' || name, length(name) + 1 FROM rdata WHERE type = 'DNAME'
),
climb(name) AS (
  SELECT name FROM seed WHERE name <> ''
  UNION
  SELECT CASE WHEN s.suffix IS NULL THEN substr(c.name, instr(c.name, '.') + 1)
    ELSE substr(c.name, 1, length(c.name) - s.size) || '.' || s.target END
  FROM climb AS c
  JOIN step AS s ON (s.suffix IS NULL AND instr(c.name, '.') > 0)
    OR (substr(c.name, -s.size) = s.suffix AND length(c.name) - s.size + 1 + length(s.target) <= 253)
)
SELECT name,
  CASE WHEN instr(name, '.') > 0 THEN substr(name, instr(name, '.') + 1) ELSE '' END AS parent
FROM climb
