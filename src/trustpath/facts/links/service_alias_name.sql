-- The names at or below the suffixes that a service declares for the ends of its aliases.
-- index: service, name
WITH RECURSIVE down(service, name) AS (
  SELECT service, base FROM service_alias
  UNION
  SELECT w.service, d.name FROM down AS w JOIN domain AS d ON d.parent = w.name
)
SELECT service, name FROM down WHERE name <> ''
