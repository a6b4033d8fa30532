-- id: DANE-009
-- title: TLSA records at the wrong name
-- says: Clients do not ask for the TLSA records at {name}: {fault}.
-- subject: TLSA RRset
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z
-- source: catalogue F.DANE; RFC 7671 7, RFC 7672 2.2.3, RFC 7673 4.1
-- csf: PR.PS-01
-- missing: zones
-- remediation: Publish at the name that clients look up, the MX or SRV target host, and remove this RRset.
-- Mail looks at the MX hosts, services with SRV at the target; a domain without MX is its own mail
-- host. An owner that is no `_port._transport` name is asked for only through an alias.
WITH mx AS (
  SELECT r.name, r.target FROM rdata AS r JOIN node AS q ON q.name = r.name AND COALESCE(q.apex, r.zone) = r.zone
  WHERE r.type = 'MX'
),
led AS (
  SELECT r.domain, r.protocol, r.port, r.target FROM srv AS r
  JOIN node AS q ON q.name = r.name AND COALESCE(q.apex, r.zone) = r.zone
  WHERE r.target <> ''
),
mail AS (SELECT DISTINCT name FROM mx),
mail_host AS (SELECT DISTINCT target AS name FROM mx WHERE target IS NOT NULL),
source AS (SELECT DISTINCT domain, protocol, port FROM led),
target AS (SELECT DISTINCT target AS host, protocol, port FROM led)
SELECT t.name || ' TLSA' AS subject, t.tier, t.owner,
  CASE
    WHEN t.protocol IS NULL AND a.target IS NOT NULL THEN TRUE
    WHEN t.protocol IS NULL AND substr(t.name, 1, 1) <> '_' AND substr(t.name, 1, 2) <> '*.' THEN FALSE
    WHEN t.protocol IS NULL THEN NULL
    WHEN t.port = 25 AND h.name IS NOT NULL THEN TRUE
    WHEN t.port = 25 AND x.name IS NOT NULL THEN FALSE
    WHEN y.host IS NOT NULL THEN TRUE
    WHEN z.domain IS NOT NULL THEN FALSE
    WHEN n.held AND u.held THEN TRUE
  END AS holds,
  t.name, t.host, t.port,
  CASE
    WHEN t.protocol IS NULL AND a.target IS NULL THEN 'the name states no port and transport'
    WHEN t.port = 25 AND h.name IS NULL AND x.name IS NOT NULL THEN 'mail goes to its MX hosts'
    WHEN y.host IS NULL AND z.domain IS NOT NULL THEN 'its SRV records lead to other hosts'
  END AS fault
FROM scope_tlsa AS t
JOIN node AS n ON n.name = t.host
JOIN node AS u ON u.name = t.name
LEFT JOIN mail AS x ON x.name = t.host
LEFT JOIN mail_host AS h ON h.name = t.host
LEFT JOIN source AS z ON z.domain = t.host AND z.protocol = t.protocol AND z.port = t.port
LEFT JOIN target AS y ON y.host = t.host AND y.protocol = t.protocol AND y.port = t.port
LEFT JOIN (SELECT DISTINCT target FROM alias) AS a ON a.target = t.name
GROUP BY t.name, t.tier, t.owner, t.protocol, t.port, t.host, a.target, h.name, x.name, y.host, z.domain, n.held, u.held
