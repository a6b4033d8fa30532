-- Pairs of owners who share what lies at a name by an agreement in force, in both directions. An
-- agreement covers its name and all below.
-- index: name, owner
WITH RECURSIVE pair AS (
  SELECT a.base, a.owner, a.other FROM agreement AS a CROSS JOIN moment AS m
  WHERE a.until IS NULL OR a.until >= m.now
),
down(name, owner, other) AS (
  SELECT base, owner, other FROM pair
  UNION SELECT base, other, owner FROM pair
  UNION
  SELECT d.name, w.owner, w.other FROM down AS w JOIN domain AS d ON d.parent = w.name
)
SELECT name, owner, other FROM down
