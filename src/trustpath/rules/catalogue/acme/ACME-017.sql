-- id: ACME-017
-- title: Validation blocked from some regions
-- says: Of {networks} networks {blocked} cannot reach {subject}, for example {example}, so a CA may fail to
--   validate it.
-- subject: name, port and address family
-- severity: public=medium partner=medium internal=- workload=-
-- gate: observe
-- inputs: E
-- source: catalogue F.ACME; BR 3.2.2.9
-- csf: PR.IR-03, DE.CM-01
-- missing: endpoints
-- decides: connect probes from at least four networks
-- remediation: Open the path; CAs use four remote perspectives since 2026-06-15 and five from 2026-12-15.
-- Fewer than four distant networks prove nothing either way. What no network reaches is not blocked
-- by region but down, which other rules tell.
SELECT p.name || ':' || p.port || ' IPv' || p.family AS subject, o.tier, o.owner,
  CASE WHEN COUNT(DISTINCT p.vantage) >= 4 THEN MIN(CASE WHEN p.reached THEN 1 ELSE 0 END) = 1 END AS holds,
  COUNT(DISTINCT p.vantage) AS networks, COUNT(DISTINCT CASE WHEN NOT p.reached THEN p.vantage END) AS blocked,
  MIN(CASE WHEN NOT p.reached THEN p.vantage END) AS example
FROM probe AS p
JOIN name_owner AS o ON o.name = p.name
GROUP BY p.name, p.port, p.family, o.tier, o.owner
HAVING MAX(CASE WHEN p.reached THEN 1 ELSE 0 END) = 1
