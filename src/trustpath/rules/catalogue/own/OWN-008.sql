-- id: OWN-008
-- title: Provider without a responsible contact
-- says: The provider {provider} ({kind}) has neither a contract owner nor an emergency contact.
-- subject: provider; a zone or public CA for which none is declared; the organisation where none is at all
-- severity: public=medium partner=medium internal=low workload=low
-- gate: observe
-- inputs: O
-- source: catalogue F.OWN
-- csf: GV.SC-02, GV.SC-04, ID.AM-04
-- nhi: NHI3:2025
-- missing: declaration
-- decides: declare the provider with its contract owner or emergency contact (providers)
-- remediation: Complete the supplier record with the owner of the contract and an emergency contact.
-- Providers of DNS, registrars and CAs need one of the two. A zone served by name servers that are nobody's we
-- know, and a public CA without a supplier record, are unknown.
WITH duty AS (
  SELECT p.id, p.kind, MAX(p.contract_owner) AS contract_owner, MAX(p.emergency_contact) AS emergency_contact
  FROM provider AS p WHERE p.kind IN ('dns', 'registrar', 'ca') GROUP BY p.id, p.kind
),
foreign_zone AS (
  SELECT z.apex, z.tier, z.owner, MIN(r.target) AS server
  FROM scope_zone AS z
  JOIN rdata AS r ON r.zone = z.apex AND r.name = z.apex AND r.type = 'NS'
  JOIN outside_party AS o ON o.name = r.target AND NOT o.own AND o.provider IS NULL
  LEFT JOIN (SELECT DISTINCT base FROM provider_scope) AS s ON s.base = z.apex
  WHERE s.base IS NULL
  GROUP BY z.apex, z.tier, z.owner
),
supplier AS (
  SELECT i.ca FROM ca_identity AS i JOIN provider_scope AS s ON s.base = i.identity JOIN provider AS p ON p.id = s.provider AND p.kind = 'ca'
  UNION SELECT id FROM provider WHERE kind = 'ca'
)
SELECT d.kind || ' ' || d.id AS subject, COALESCE(o.default_tier, 'public') AS tier, d.contract_owner AS owner,
  d.contract_owner IS NOT NULL OR d.emergency_contact IS NOT NULL AS holds,
  d.id AS provider, d.kind, d.emergency_contact, CAST(NULL AS TEXT) AS server, CAST(NULL AS BIGINT) AS zones
FROM duty AS d LEFT JOIN organisation AS o ON TRUE
UNION ALL
SELECT 'zone ' || f.apex, f.tier, f.owner, NULL, NULL, NULL, NULL, f.server, NULL
FROM foreign_zone AS f CROSS JOIN (SELECT COUNT(*) AS providers FROM provider) AS k WHERE k.providers > 0
UNION ALL
SELECT 'CA ' || c.id, COALESCE(o.default_tier, 'public'), NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (SELECT DISTINCT id FROM ca WHERE public) AS c
LEFT JOIN supplier AS s ON s.ca = c.id
LEFT JOIN organisation AS o ON TRUE
CROSS JOIN (SELECT COUNT(*) AS providers FROM provider) AS k
WHERE s.ca IS NULL AND k.providers > 0
UNION ALL
SELECT COALESCE(o.name, 'organisation'), COALESCE(o.default_tier, 'public'), NULL, NULL, NULL, NULL, NULL, f.server, f.zones
FROM (SELECT COUNT(*) AS zones, MIN(server) AS server FROM foreign_zone) AS f
CROSS JOIN (SELECT COUNT(*) AS providers FROM provider) AS k
LEFT JOIN organisation AS o ON TRUE
WHERE f.zones > 0 AND k.providers = 0
