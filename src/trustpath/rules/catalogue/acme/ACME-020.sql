-- id: ACME-020
-- title: ACME challenge name delegated to an undeclared party
-- subject: ACME challenge name that is an alias or delegated
-- severity: public=high partner=high internal=medium workload=low
-- gate: gate
-- inputs: Z O
-- source: RFC 8555 8.4; BR 3.2.2.4.7; standards E.12
-- csf: GV.SC-04, PR.AA-05, ID.AM-04
-- nhi: NHI3:2025
-- missing: declaration
-- consent: yes
-- remediation: Delete the record, or, where the delegation is meant, declare its end: a provider with its hosts, a domain of the
--  organisation, or a target of the service.
-- says: Whoever runs {target} can obtain certificates for {proves}, since {subject} leads there and no declaration says that it may[ (declared for {provider}, which is not approved)][ (owned by {tenant}, without an agreement)].
-- A record at _acme-challenge, or below an account label, is answered by whoever runs the end of its
-- alias or the servers of its delegation, and that is all that a CA asks for. Fine are ends in zones
-- that we hold, our own domains, approved providers, and what the service of the name declares
-- for its aliases. An end outside of which nobody says anything is a stranger: the record is
-- standing consent, so silence is no excuse. It is unknown only where declarations contradict one another
-- or did not arrive whole, and where a zone that would hold the end, or a whole source of zones, did not come.
-- Whether the end exists is DANGLE-006's question.
WITH led AS (
  SELECT name, MIN(base) AS base,
    MAX(CASE WHEN type = 'CNAME' THEN 1 ELSE 0 END) AS aliased, MAX(CASE WHEN type = 'NS' THEN 1 ELSE 0 END) AS delegated
  FROM validation_name
  WHERE scheme IN ('acme-dns', 'acme-dns-account') AND type IN ('CNAME', 'NS')
  GROUP BY name
),
meant AS (
  SELECT DISTINCT l.name, n.target
  FROM led AS l
  JOIN lent_name AS n ON n.name = l.name AND n.kind = 'alias'
  JOIN service_of AS v ON v.name = l.base
  JOIN service_alias_name AS s ON s.service = v.service AND s.name = n.target
),
heard AS (
  SELECT source, MAX(CASE WHEN fresh AND coverage <> 'none' THEN 1 ELSE 0 END) AS anything
  FROM part WHERE kind IN ('octodns', 'zonefile', 'axfr') GROUP BY source
),
-- Ends in a zone by whose name a part failed to come.
lost AS (
  SELECT DISTINCT c.name FROM outside_climb AS c
  JOIN part AS p ON p.name = c.here AND (p.coverage = 'none' OR NOT p.fresh)
),
ends AS (
  SELECT l.name, 'alias' AS kind, r.final AS target FROM led AS l JOIN resolution AS r ON r.name = l.name
  WHERE l.aliased = 1 AND r.steps > 0 AND r.final IS NOT NULL
  UNION SELECT l.name, 'alias', t.target FROM led AS l JOIN alias_through AS t ON t.name = l.name WHERE l.aliased = 1
  UNION SELECT l.name, 'NS', r.target FROM led AS l JOIN rdata AS r ON r.name = l.name AND r.type = 'NS' AND r.target IS NOT NULL
  WHERE l.delegated = 1
),
verdict AS (
  SELECT e.name, e.target, n.provider, n.tenant,
    CASE
      WHEN m.name IS NOT NULL THEN CASE WHEN d.whole THEN TRUE END
      WHEN n.accepted IS NOT NULL THEN n.accepted
      WHEN x.apex IS NOT NULL AND e.kind = 'NS' THEN TRUE
      WHEN n.target IS NULL AND h.apex IS NOT NULL AND h.cut IS NULL THEN TRUE
      WHEN n.provider IS NULL AND n.outside AND d.whole AND z.silent = 0 AND u.name IS NULL THEN FALSE
    END AS holds,
    CASE WHEN z.silent = 1 OR u.name IS NOT NULL OR n.target IS NULL THEN 'zones' END AS missing
  FROM ends AS e
  CROSS JOIN declared AS d
  CROSS JOIN (SELECT CASE WHEN MIN(anything) = 0 THEN 1 ELSE 0 END AS silent FROM heard) AS z
  LEFT JOIN lent_name AS n ON n.name = e.name AND n.kind = e.kind AND n.target = e.target
  LEFT JOIN node AS h ON h.name = e.target
  LEFT JOIN meant AS m ON m.name = e.name AND m.target = e.target AND e.kind = 'alias'
  LEFT JOIN lost AS u ON u.name = e.target
  LEFT JOIN (SELECT DISTINCT apex FROM zone) AS x ON x.apex = e.name
)
SELECT v.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(v.holds) = FALSE THEN FALSE WHEN COUNT(v.holds) = COUNT(*) THEN TRUE END AS holds,
  l.base AS proves,
  COALESCE(MIN(CASE WHEN v.holds = FALSE THEN v.target END), MIN(CASE WHEN v.holds IS NULL THEN v.target END), MIN(v.target)) AS target,
  MIN(CASE WHEN v.holds = FALSE THEN v.provider END) AS provider,
  MIN(CASE WHEN v.holds = FALSE THEN v.tenant END) AS tenant,
  MIN(CASE WHEN v.holds IS NULL THEN v.missing END) AS missing
FROM verdict AS v
JOIN led AS l ON l.name = v.name
JOIN name_owner AS o ON o.name = v.name
GROUP BY v.name, l.base, o.tier, o.record_owner
