-- Every CAA property that is answered with: where we hold a child zone as well, what the zone around it
-- has for the same name is left out, delegation or not.
-- index: name
SELECT c.*
FROM caa AS c JOIN node AS n ON n.name = c.name AND COALESCE(n.apex, c.zone) = c.zone
