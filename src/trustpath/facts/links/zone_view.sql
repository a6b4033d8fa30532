-- In which view each copy of a zone stands. `shown` is TRUE for a view that the world sees: the one
-- without a name, or one that is called `public`, `external`, `internet` or `default`, in any case.
-- index: apex
SELECT z.apex, p.id AS part, p.view,
  LOWER(p.view) IN ('', 'public', 'external', 'internet', 'default') AS shown
FROM zone_part AS z JOIN part AS p ON p.source = z.source AND p.name = z.part
