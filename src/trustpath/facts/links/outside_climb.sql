-- Every name that our records lead to and that lies in no zone we hold, with each of its ancestors:
-- `here` is the ancestor, `up` the number of labels above. Below a zone cut of ours the climb ends at the
-- cut (`cut`): what is said of the names above it says nothing of the child, which is somebody else's
-- to fill. Few joins need the whole tree.
-- index: name; here
WITH RECURSIVE climb(name, here, up, cut) AS (
  SELECT n.name, n.name, 0, n.cut
  FROM node AS n
  JOIN (SELECT target AS name FROM rdata WHERE target IS NOT NULL UNION SELECT target FROM alias) AS t ON t.name = n.name
  WHERE n.apex IS NULL OR n.cut IS NOT NULL
  UNION ALL
  SELECT c.name, d.parent, c.up + 1, c.cut FROM climb AS c JOIN domain AS d ON d.name = c.here
  WHERE d.parent <> '' AND (c.cut IS NULL OR c.here <> c.cut)
)
SELECT name, here, up, cut FROM climb
