-- The names that are public suffixes (or above one) as far as our names show: every proper
-- ancestor of a registered domain. Certification authorities may issue below them, nobody
-- publishes CAA there, so a CAA climb that reaches one has ended (RFC 8659 section 3).
-- index: name
WITH RECURSIVE climb(name) AS (
  SELECT DISTINCT substr(registered, instr(registered, '.') + 1)
  FROM (
    SELECT registered FROM zone
    UNION SELECT registered FROM certificate_name WHERE kind = 'dns'
    UNION SELECT registered FROM job_name
  ) AS seen
  WHERE instr(registered, '.') > 0
  UNION
  SELECT substr(name, instr(name, '.') + 1) FROM climb WHERE instr(name, '.') > 0
)
SELECT name FROM climb
