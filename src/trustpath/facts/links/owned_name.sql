-- The names that are the organisation's: at or below the domains it declares, or where it declares
-- none, the registered domains of the zones at hand. Only names that some fact mentions.
-- index: name
WITH RECURSIVE down(name) AS (
  SELECT o.base FROM owned_domain AS o JOIN domain AS d ON d.name = o.base
  UNION SELECT base FROM owned_domain WHERE base = ''
  UNION
  SELECT z.registered FROM zone AS z
  LEFT JOIN (SELECT COUNT(*) AS declared FROM owned_domain) AS o ON TRUE
  WHERE o.declared = 0 AND z.registered <> ''
  UNION
  SELECT d.name FROM down AS w JOIN domain AS d ON d.parent = w.name
)
SELECT name FROM down WHERE name <> ''
