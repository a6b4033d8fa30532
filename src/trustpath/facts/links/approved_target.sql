-- Names outside that the estate vouches for as ends of aliases and delegations: what lies at or below
-- a scope of an approved provider (kind `provider`), a domain of the organisation (`own`), or a
-- suffix that a service declares for its aliases (`service`). Of the organisation's domains only
-- those that some fact mentions. What is said of a name above a zone cut of ours says nothing of the child,
-- unless a service says it of its own aliases (see outside_party).
-- index: name
WITH RECURSIVE down(name, kind) AS (
  SELECT p.base, 'provider' FROM provider_scope AS p JOIN provider AS v ON v.id = p.provider WHERE v.approved
  UNION SELECT o.base, 'own' FROM owned_domain AS o JOIN domain AS d ON d.name = o.base
  UNION SELECT base, 'own' FROM owned_domain WHERE base = ''
  UNION SELECT base, 'service' FROM service_alias
  UNION
  SELECT d.name, w.kind FROM down AS w JOIN domain AS d ON d.parent = w.name
  LEFT JOIN (SELECT name FROM node WHERE cut = name) AS c ON c.name = d.name
  WHERE c.name IS NULL OR w.kind = 'service'
)
SELECT name, kind FROM down WHERE name <> ''
