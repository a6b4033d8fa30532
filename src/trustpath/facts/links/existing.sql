-- The names that exist in a zone we hold: owners of RRsets and the empty non-terminals above
-- them (RFC 4592 section 2.2.2, RFC 8020). `depth` is the length of the deepest apex among the zones
-- that say so: a zone around a child that we hold as well says nothing of what lies in the child.
-- index: name
WITH RECURSIVE up(name, parent, zone) AS (
  SELECT name, parent, zone FROM rrset
  UNION
  SELECT parent, CASE WHEN instr(parent, '.') > 0 THEN substr(parent, instr(parent, '.') + 1) ELSE '' END, zone
  FROM up WHERE name <> zone AND parent <> ''
)
SELECT name, MAX(length(zone)) AS depth FROM up GROUP BY name
