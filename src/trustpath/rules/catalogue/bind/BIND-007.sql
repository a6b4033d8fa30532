-- id: BIND-007
-- title: Wildcard certificate spans several owners
-- says: The certificate {certificate} covers {name}, below which {one_owner} and {other_owner} own names.
-- subject: certificate (SHA-256) and wildcard name
-- severity: public=high partner=high internal=medium workload=low
-- gate: gate
-- inputs: C Z O
-- source: catalogue F.BIND; RFC 9525 6.3
-- csf: PR.AA-05, GV.RR-02
-- nhi: NHI5:2025, NHI9:2025
-- missing: ownership
-- remediation: Give each service its own name, or record the agreement and the risk that stays.
-- Owners of the host names one level below the base, in DNS or declared. Different ones fail when a
-- statement of their own gives the names to them (service, name or certificate pattern), unless each
-- has an agreement with another of them. It passes when all names are known, because the zone is held
-- whole, and all are somebody's; that nobody claims a name, so that its zone's owner answers, counts
-- only when the services are claimed to be complete.
WITH base AS (SELECT DISTINCT base FROM scope_certificate_name WHERE wildcard AND usable AND live),
host AS (
  SELECT name, parent FROM rrset WHERE NOT wildcard
  UNION
  SELECT s.name, d.parent FROM service_name AS s JOIN domain AS d ON d.name = s.name WHERE NOT s.wildcard
),
child AS (
  SELECT b.base, h.name, o.owner,
    COALESCE(o.certificate_owner, n.name_owner, CASE WHEN o.service IS NOT NULL THEN o.owner END) AS claim
  FROM base AS b
  JOIN host AS h ON h.parent = b.base
  JOIN name_owner AS o ON o.name = h.name
  JOIN node AS n ON n.name = h.name
  WHERE substr(h.name, 1, 1) <> '_'
),
claimed AS (SELECT DISTINCT base, claim FROM child WHERE claim IS NOT NULL),
alone AS (
  SELECT c.base, COUNT(*) AS owners
  FROM claimed AS c
  LEFT JOIN (
    SELECT DISTINCT a.name, a.owner FROM agreed AS a JOIN claimed AS x ON x.base = a.name AND x.claim = a.other
  ) AS y ON y.name = c.base AND y.owner = c.claim
  WHERE y.name IS NULL
  GROUP BY c.base
),
counted AS (
  SELECT base, COUNT(*) AS names, COUNT(DISTINCT claim) AS claims, COUNT(claim) AS claimed,
    COUNT(DISTINCT owner) AS owners, COUNT(owner) AS owned, MIN(claim) AS one, MAX(claim) AS other
  FROM child GROUP BY base
)
SELECT n.certificate || ' ' || n.name AS subject, n.tier, n.owner,
  CASE
    WHEN c.claims > 1 AND a.owners > 0 THEN FALSE
    WHEN NOT n.held OR NOT d.whole THEN NULL
    WHEN c.names IS NULL THEN TRUE
    WHEN c.claimed = c.names THEN TRUE
    WHEN d.closed AND c.owned = c.names AND (c.owners = 1 OR c.owners = c.claims) THEN TRUE
  END AS holds,
  n.certificate, n.name, n.label, c.names, c.one AS one_owner, CASE WHEN c.other <> c.one THEN c.other END AS other_owner,
  CASE WHEN NOT n.held THEN 'zones' ELSE 'ownership' END AS missing
FROM scope_certificate_name AS n
CROSS JOIN declared AS d
LEFT JOIN counted AS c ON c.base = n.base
LEFT JOIN alone AS a ON a.base = n.base
WHERE n.wildcard AND n.usable AND n.live
