-- id: ACME-014
-- title: Mail host can validate our domain
-- says: Mail for {subject} goes to {host}; whoever runs that host can validate the domain by e-mail and obtain
--   certificates for it.
-- asks: Mail for {subject} goes to {host}, of which nobody declares whose it is; whoever runs it can validate
--   the domain by e-mail.
-- subject: mail domain
-- severity: public=high partner=high internal=low workload=-
-- gate: gate
-- inputs: Z O
-- source: catalogue F.ACME; BR 3.2.2.4.4
-- csf: PR.AA-05, GV.SC-06
-- nhi: NHI3:2025
-- missing: declaration
-- decides: declare whose mail host it is (providers)
-- remediation: Approve the mail provider, reserve the five role mailboxes, or list only other methods in CAA validationmethods.
-- Whoever receives mail for admin@, administrator@, webmaster@, hostmaster@ or postmaster@ of a
-- domain can validate it until 2028-03-15. Aliases of a mail host are followed. Mail hosts in zones that
-- we hold, below our own domains and at approved providers are fine; a zone cut ends what is our own, and
-- a child zone of another owner takes an agreement. So is any host where CAA lets nobody validate by mail: nobody
-- may issue, or every property lists methods and mail is not among them.
WITH methods AS (
  SELECT c.name, c.tag, c.value,
    CASE WHEN c.has_methods AND c.doubt IS NULL AND COUNT(CASE WHEN m.method IN ('ca-tbr-4', 'ca-tbr-13', 'ca-tbr-14') THEN 1 END) = 0
      THEN 1 ELSE 0 END AS excludes
  FROM caa_record AS c
  LEFT JOIN caa_method AS m ON m.name = c.name AND m.value = c.value
  WHERE (c.well_formed OR c.doubt IS NOT NULL) AND c.issuer <> '' AND c.tag IN ('issue', 'issuewild')
  GROUP BY c.name, c.tag, c.value, c.has_methods, c.doubt
),
ruled_out AS (
  SELECT p.owner
  FROM caa_policy AS p
  LEFT JOIN methods AS m ON m.name = p.owner AND m.tag = p.tag
  GROUP BY p.owner
  HAVING MIN(CASE WHEN p.shut THEN 1 WHEN p.restricted THEN COALESCE(m.excludes, 0) ELSE 0 END) = 1
),
lent AS (
  SELECT name, MIN(COALESCE(accepted, FALSE)) AS fine,
    MAX(CASE WHEN accepted = FALSE THEN 1 ELSE 0 END) AS refused,
    MIN(CASE WHEN NOT COALESCE(accepted, FALSE) THEN target END) AS host, MIN(provider) AS provider, MIN(tenant) AS tenant
  FROM lent_name WHERE kind = 'MX' GROUP BY name
)
SELECT m.name AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN l.name IS NULL OR l.fine THEN TRUE
    WHEN v.known AND x.owner IS NOT NULL THEN TRUE
    WHEN l.refused = 1 AND v.known THEN FALSE
  END AS holds,
  l.host AS cause, l.host, l.provider, l.tenant, v.owner AS caa_at,
  CASE WHEN l.refused = 1 THEN 'zones' ELSE 'declaration' END AS missing
FROM (
  SELECT DISTINCT r.name FROM rdata AS r JOIN node AS n ON n.name = r.name AND COALESCE(n.apex, r.zone) = r.zone
  WHERE r.type = 'MX' AND r.target <> '' AND substr(r.name, 1, 1) <> '*'
) AS m
JOIN name_owner AS o ON o.name = m.name
JOIN caa_relevant AS v ON v.name = m.name
LEFT JOIN lent AS l ON l.name = m.name
LEFT JOIN ruled_out AS x ON x.owner = v.owner
