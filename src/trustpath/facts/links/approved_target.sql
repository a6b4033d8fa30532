-- Names outside that the estate vouches for as ends of aliases and delegations: what lies at or below
-- a scope of an approved provider (kind `provider`), a domain of the organisation (`own`), or a
-- suffix that a service declares for its aliases (`service`).
-- index: name
WITH RECURSIVE down(name, kind) AS (
  SELECT p.base, 'provider' FROM provider_scope AS p JOIN provider AS v ON v.id = p.provider WHERE v.approved
  UNION SELECT base, 'own' FROM owned_domain
  UNION SELECT base, 'service' FROM service_alias
  UNION
  SELECT d.name, w.kind FROM down AS w JOIN domain AS d ON d.parent = w.name
)
SELECT name, kind FROM down WHERE name <> ''
