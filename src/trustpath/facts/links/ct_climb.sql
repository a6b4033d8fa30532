-- Every level of the CAA climb (RFC 8659 section 3) of every logged name, itself included.
-- index: base
WITH RECURSIVE climb(base, here) AS (
  SELECT DISTINCT base, base FROM ct_name
  UNION
  SELECT c.base, d.parent FROM climb AS c JOIN domain AS d ON d.name = c.here WHERE d.parent <> ''
)
SELECT base, here FROM climb
