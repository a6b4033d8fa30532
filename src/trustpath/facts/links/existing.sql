-- The names that exist in a zone we hold: owners of RRsets and the empty non-terminals above
-- them (RFC 4592 section 2.2.2, RFC 8020).
-- index: name
WITH RECURSIVE up(name, parent, zone) AS (
  SELECT name, parent, zone FROM rrset
  UNION
  SELECT parent, CASE WHEN instr(parent, '.') > 0 THEN substr(parent, instr(parent, '.') + 1) ELSE '' END, zone
  FROM up WHERE name <> zone AND parent <> ''
)
SELECT DISTINCT name FROM up
