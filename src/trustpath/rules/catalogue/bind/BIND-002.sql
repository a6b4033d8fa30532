-- id: BIND-002
-- title: Proposed repoint reaches an endpoint without a matching certificate
-- subject: change, name, and the new address and port
-- severity: public=critical partner=high internal=high workload=medium
-- gate: probe
-- inputs: Z Z' E C
-- source: catalogue F.BIND; RFC 9525 6
-- csf: PR.PS-01, PR.AA-03, ID.RA-07
-- nhi: NHI4:2025
-- missing: endpoints
-- remediation: Put the certificate at the new endpoint first, look at it there by address with the name as SNI, then
--   change DNS.
-- Only addresses that the name does not lead to today. Ports are those of the service, those at which
-- the name was seen, and 443 where a live certificate has exactly this name; names without any of
-- these do not speak TLS as far as anybody knows. An address at which nobody asked for the name,
-- and an alias whose end cannot be seen, are unknown.
WITH proposed AS (
  SELECT DISTINCT r.change, r.name, r.rdata,
    CASE WHEN r.type IN ('A', 'AAAA') THEN r.rdata END AS address,
    CASE WHEN r.type NOT IN ('A', 'AAAA') THEN lower(rtrim(r.rdata, '.')) END AS target
  FROM change AS c JOIN change_record AS r ON r.change = c.id
  WHERE c.state IN ('proposed', 'approved') AND r.action = 'add' AND r.type IN ('A', 'AAAA', 'CNAME', 'ALIAS', 'ANAME')
    AND substr(r.name, 1, 1) NOT IN ('*', '_') AND instr(r.name, '._') = 0
),
lead AS (
  SELECT change, name, rdata, address FROM proposed WHERE target IS NULL
  UNION
  SELECT p.change, p.name, p.rdata, a.address
  FROM proposed AS p LEFT JOIN name_address AS a ON a.name = p.target
  WHERE p.target IS NOT NULL
),
speaks AS (
  SELECT v.name, p.port, p.protocol FROM service_of AS v JOIN service_port AS p ON p.service = v.service
  UNION SELECT name, port, protocol FROM binding
  UNION SELECT name, 443, 'tls' FROM scope_certificate_name WHERE live AND NOT wildcard
),
looked AS (
  SELECT l.change, l.name, COALESCE(l.address, l.rdata, 'unstated') AS place, s.port, s.protocol,
    COALESCE(o.tier, g.default_tier, 'public') AS tier, o.owner, e.leaf, e.reason, e.named, e.in_date,
    CASE WHEN e.publicly_trusted THEN TRUE
      WHEN COALESCE(o.tier, g.default_tier, 'public') IN ('public', 'partner') THEN e.publicly_trusted
      WHEN e.privately_trusted THEN TRUE
      WHEN e.publicly_trusted = FALSE AND e.privately_trusted = FALSE THEN FALSE END AS trusted
  FROM lead AS l
  JOIN speaks AS s ON s.name = l.name
  LEFT JOIN name_address AS old ON old.name = l.name AND old.address = l.address
  LEFT JOIN name_owner AS o ON o.name = l.name
  LEFT JOIN organisation AS g ON TRUE
  LEFT JOIN served AS e ON e.name = l.name AND e.address = l.address AND e.port = s.port AND e.protocol = s.protocol
  WHERE old.name IS NULL
)
SELECT k.change || ' ' || k.name || ' ' || k.place || ':' || k.port AS subject, k.tier, k.owner,
  CASE
    WHEN MIN(k.named) = FALSE OR MIN(k.in_date) = FALSE OR MIN(k.trusted) = FALSE THEN FALSE
    WHEN COUNT(k.named) = COUNT(*) AND COUNT(k.in_date) = COUNT(*) AND COUNT(k.trusted) = COUNT(*) AND MIN(d.whole) = TRUE THEN TRUE
  END AS holds,
  MIN(k.leaf) AS certificate, MIN(k.named) AS covers_name, MIN(k.in_date) AS in_date, MIN(k.trusted) AS trusted,
  MIN(k.reason) AS reason
FROM looked AS k
CROSS JOIN declared AS d
GROUP BY k.change, k.name, k.place, k.port, k.tier, k.owner
