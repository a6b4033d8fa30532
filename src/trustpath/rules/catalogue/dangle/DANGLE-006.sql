-- id: DANGLE-006
-- title: Delegated validation name is dangling
-- says: The validation name {subject} leads to {target}, where nothing answers for it; whoever takes its place
--   can obtain certificates.
-- subject: validation name that is an alias or delegated
-- severity: public=critical partner=critical internal=high workload=medium
-- gate: probe
-- inputs: Z V O
-- source: catalogue F.DANGLE; RFC 8555 8.4, BR 3.2.2.4.7, standards E.12
-- csf: PR.AA-05, ID.RA-01, GV.SC-10
-- nhi: NHI1:2025, NHI5:2025
-- missing: declaration
-- decides: declare whose target it is (providers), or the CA whose token it is (cas)
-- remediation: Delete the record now; whoever controls its end can have certificates issued for the name.
-- Validation names are those of known schemes, and any underscore label that has no other known
-- meaning (_dmarc, _domainkey: those are DANGLE-001's and DANGLE-004's). An end in a zone that we
-- hold is ours; an ACME value need not exist there between two orders, every other value must. An
-- end outside must be vouched for (an approved provider, a domain of ours) and exist; that it exists
-- does not tell whose it is, so one that nobody vouches for is unknown, and a missing one is wrong.
-- The one doubt left is an ACME value that is absent, for the moment or for good, at a party that is
-- vouched for. A token in a domain in which only a CA makes names cannot be taken over, whether it exists or
-- not: it is fine where the estate approves that CA, or the CAA set that counts for the name lists it.
WITH scope AS (
  SELECT c.name, c.up, p.approved FROM outside_climb AS c
  JOIN provider_scope AS s ON s.base = c.here JOIN provider AS p ON p.id = s.provider
),
-- The nearest scope decides, as in outside_party.
refused AS (
  SELECT DISTINCT s.name FROM scope AS s
  JOIN (SELECT name, MIN(up) AS up FROM scope GROUP BY name) AS n ON n.name = s.name AND n.up = s.up
  WHERE NOT s.approved
),
vouched AS (
  SELECT DISTINCT t.name FROM approved_target AS t LEFT JOIN refused AS r ON r.name = t.name
  WHERE r.name IS NULL OR t.kind <> 'provider'
),
token AS (
  SELECT v.name, MAX(CASE WHEN c.id IS NOT NULL OR p.issuer IS NOT NULL THEN 1 ELSE 0 END) AS known
  FROM validation_name AS v
  JOIN alias_end AS a ON a.name = v.name
  JOIN validation_host AS h ON substr(a.target, length(a.target) - length(h.host)) = '.' || h.host
  LEFT JOIN ca_identity AS i ON i.identity = h.identity
  LEFT JOIN ca AS c ON c.id = i.ca AND c.approved
  LEFT JOIN caa_relevant AS r ON r.name = v.base
  LEFT JOIN caa_issuer AS p ON p.owner = r.owner AND p.issuer = h.identity
  WHERE v.type = 'CNAME'
  GROUP BY v.name
),
held AS (
  SELECT DISTINCT a.name, 'CNAME' AS type, a.target, a.final,
    CASE
      WHEN a.looped THEN FALSE
      WHEN k.name IS NOT NULL THEN CASE WHEN k.known = 1 THEN TRUE END
      WHEN a.final_held THEN a.final_present OR v.ordered = 1
      WHEN a.final_present = FALSE AND v.ordered = 1 AND p.name IS NOT NULL THEN NULL
      WHEN a.final_present = FALSE THEN FALSE
      WHEN a.final_present AND p.name IS NOT NULL THEN TRUE
    END AS holds,
    CASE WHEN k.name IS NOT NULL OR (a.final_present AND p.name IS NULL) THEN 'declaration' ELSE 'resolution' END AS missing
  FROM alias_end AS a
  JOIN (
    SELECT name, MAX(CASE WHEN scheme IN ('acme-dns', 'acme-dns-account') THEN 1 ELSE 0 END) AS ordered
    FROM validation_name WHERE type = 'CNAME' GROUP BY name
  ) AS v ON v.name = a.name
  LEFT JOIN vouched AS p ON p.name = a.final
  LEFT JOIN token AS k ON k.name = a.name
  UNION
  SELECT g.child, 'NS', g.server, g.server,
    CASE
      WHEN g.answers = FALSE THEN FALSE
      WHEN g.answers AND (z.apex IS NOT NULL OR p.name IS NOT NULL) THEN TRUE
    END,
    CASE WHEN g.answers AND p.name IS NULL THEN 'declaration' ELSE 'resolution' END
  FROM delegation_state AS g
  JOIN (SELECT DISTINCT name FROM validation_name WHERE type = 'NS') AS v ON v.name = g.child
  LEFT JOIN (SELECT DISTINCT apex FROM zone) AS z ON z.apex = g.child
  LEFT JOIN vouched AS p ON p.name = g.server
)
SELECT h.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(h.holds) = FALSE THEN FALSE WHEN COUNT(h.holds) = COUNT(*) THEN TRUE END AS holds,
  MIN(h.type) AS type, COALESCE(MIN(CASE WHEN h.holds = FALSE THEN h.target END), MIN(h.target)) AS target, MIN(h.final) AS final,
  MIN(CASE WHEN h.holds IS NULL THEN h.missing END) AS missing
FROM held AS h
JOIN name_owner AS o ON o.name = h.name
GROUP BY h.name, o.tier, o.record_owner
