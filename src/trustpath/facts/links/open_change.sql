-- Changes that are still to be judged: declared ones that are proposed or approved, and the one that
-- the gate judges, at the instant at which it would be made and at no later one. `made`: this world
-- already is as the change leaves it; else it is as it was before.
-- index: id
SELECT c.id, c.author, c.state, c.opens, c.closes, c.inverse, c.state = 'made' AS made
FROM change AS c
CROSS JOIN moment AS m
WHERE c.state IN ('proposed', 'approved') OR (c.state IN ('planned', 'made') AND c.opens = m.now)
