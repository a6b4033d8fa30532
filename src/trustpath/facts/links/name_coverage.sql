-- Which certificate covers which name of ours (RFC 9525 section 6.3): the same A-label name, or a
-- whole-label wildcard one level above. Names are those that DNS, services or live answers know.
-- index: name; certificate
WITH host AS (
  SELECT name, parent FROM rrset WHERE NOT wildcard
  UNION SELECT name, CASE WHEN instr(name, '.') > 0 THEN substr(name, instr(name, '.') + 1) ELSE '' END FROM service_name WHERE NOT wildcard
  UNION SELECT name, CASE WHEN instr(name, '.') > 0 THEN substr(name, instr(name, '.') + 1) ELSE '' END FROM answer
)
SELECT c.certificate, h.name, FALSE AS wildcard
FROM certificate_name AS c JOIN host AS h ON h.name = c.name
WHERE c.kind = 'dns' AND c.usable AND NOT c.wildcard
UNION ALL
SELECT c.certificate, h.name, TRUE
FROM certificate_name AS c JOIN host AS h ON h.parent = c.base
WHERE c.kind = 'dns' AND c.usable AND c.wildcard
