-- Names outside the zones we hold through which the alias chain of a name passes: whoever runs one of
-- them may lead it elsewhere, whatever its end is now. The end itself is in `resolution`.
-- index: name
WITH RECURSIVE through(name, target) AS (
  SELECT a.name, a.target
  FROM alias AS a
  JOIN (SELECT DISTINCT name FROM alias) AS further ON further.name = a.target
  JOIN node AS n ON n.name = a.target
  WHERE n.apex IS NULL OR n.cut IS NOT NULL
  UNION
  SELECT a.name, t.target FROM through AS t JOIN alias AS a ON a.target = t.name
)
SELECT name, target FROM through
