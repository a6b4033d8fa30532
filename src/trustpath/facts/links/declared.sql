-- How far what people declare can be counted upon; one row. `whole`: the estate file and every source
-- of owners arrived in full and is fresh, and no claim that services are complete is broken. Only then
-- may a verdict rest on who is NOT named nearer to a name. `closed`: the estate claims so outright, so
-- that a name no service claims has none. `statements` counts owners given to anything, `records`
-- those given to zones and records.
SELECT p.whole = 1 AND COALESCE(w.closed, TRUE) AS whole, p.whole = 1 AND COALESCE(w.closed, FALSE) AS closed,
  o.statements + s.services AS statements, o.records
FROM (
  SELECT COALESCE(MIN(CASE WHEN fresh AND coverage = 'full' THEN 1 ELSE 0 END), 0) AS whole
  FROM part WHERE kind IN ('estate', 'backstage', 'csv')
) AS p
CROSS JOIN (
  SELECT COUNT(*) AS statements, COUNT(CASE WHEN kind IN ('zone', 'record') THEN 1 END) AS records FROM ownership
) AS o
CROSS JOIN (SELECT COUNT(owner) AS services FROM service) AS s
LEFT JOIN closed AS w ON w.kind = 'services'
