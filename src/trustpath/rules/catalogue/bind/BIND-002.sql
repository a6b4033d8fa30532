-- id: BIND-002
-- title: Proposed repoint reaches an endpoint without a matching certificate
-- says: Change {change} leads {name} to {place}:{port}, where the certificate {certificate} is served, which
--   {fault}.
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
-- Only addresses that the name does not lead to before the change, where it is made those of what it
-- takes away; names that end there through an alias or a wildcard are led there too. Ports are those
-- of the service and those at which the name was seen, else 443 where a live certificate has exactly
-- this name; names without any of these do not speak TLS as far as anybody knows. An address at which
-- nobody asked for the name, and an alias whose end cannot be seen, are unknown. Where the proposal
-- itself obtains a certificate, the records are written only once that is seen at the new address: a
-- name that it covers passes, one of the same service that it leaves out fails unless a good one is there.
-- That counts only for an order that is due now, that a job carries out for a service which declares the
-- name, and at an address where that service has an endpoint, a network or a deployment; else it is unknown.
WITH edit AS (
  SELECT DISTINCT r.change, r.name, r.rdata, r.action, c.made,
    CASE WHEN r.type IN ('A', 'AAAA') THEN r.rdata END AS address,
    CASE WHEN r.type NOT IN ('A', 'AAAA') THEN lower(rtrim(r.rdata, '.')) END AS target
  FROM open_change AS c JOIN change_record AS r ON r.change = c.id
  WHERE r.type IN ('A', 'AAAA', 'CNAME', 'ALIAS', 'ANAME')
),
proposed AS (SELECT change, name, rdata, address, target, made FROM edit WHERE action = 'add'),
former AS (
  SELECT p.change, p.name, a.address FROM proposed AS p JOIN name_address AS a ON a.name = p.name WHERE NOT p.made
  UNION SELECT change, name, address FROM edit WHERE made AND action = 'remove' AND address IS NOT NULL
  UNION SELECT e.change, e.name, a.address FROM edit AS e JOIN name_address AS a ON a.name = e.target WHERE e.made AND e.action = 'remove'
),
led AS (
  SELECT change, name, name AS led FROM proposed
  UNION SELECT p.change, p.name, r.name FROM proposed AS p JOIN resolution AS r ON r.final_source = p.name WHERE p.address IS NOT NULL
),
lead AS (
  SELECT change, name, rdata, address FROM proposed WHERE target IS NULL
  UNION
  SELECT p.change, p.name, p.rdata, a.address
  FROM proposed AS p LEFT JOIN name_address AS a ON a.name = p.target
  WHERE p.target IS NOT NULL
),
spoken AS (
  SELECT v.name, p.port, p.protocol FROM service_of AS v JOIN service_port AS p ON p.service = v.service
  UNION SELECT name, port, protocol FROM binding
),
speaks AS (
  SELECT name, port, protocol FROM spoken
  UNION SELECT c.name, 443, 'tls' FROM scope_certificate_name AS c LEFT JOIN spoken AS k ON k.name = c.name
  WHERE c.live AND NOT c.wildcard AND k.name IS NULL
),
ordered AS (
  SELECT n.name, n.base, n.wildcard, j.service, substr(j.id, 1, 6) = 'event ' AS carried,
    COALESCE(j.next_renewal <= m.now, TRUE) AS due
  FROM job AS j JOIN job_name AS n ON n.job = j.id
  CROSS JOIN moment AS m
  WHERE substr(j.id, 1, 6) IN ('event ', 'order ') AND j.active
),
goal AS (
  SELECT DISTINCT b.led AS name, l.address, a.address_key
  FROM lead AS l JOIN led AS b ON b.change = l.change AND b.name = l.name
  LEFT JOIN name_address AS a ON a.name = b.led AND a.address = l.address
  WHERE l.change = 'proposal'
),
used AS (
  SELECT g.name, g.address, e.service FROM goal AS g JOIN service_endpoint AS e ON e.address_key = g.address_key
  UNION
  SELECT g.name, g.address, w.service FROM goal AS g JOIN service_network AS w ON g.address_key BETWEEN w.low AND w.high
  UNION
  SELECT g.name, g.address, v.service FROM goal AS g
  JOIN deployment AS y ON y.name = g.name AND y.address_key = g.address_key JOIN service_of AS v ON v.name = g.name
),
claimed AS (
  SELECT g.name, s.service FROM goal AS g JOIN service_name AS s ON s.name = g.name
  UNION
  SELECT g.name, s.service FROM goal AS g JOIN service_name AS s ON s.wildcard AND s.base = substr(g.name, instr(g.name, '.') + 1)
),
order_for AS (
  SELECT g.name, g.address,
    n.name = g.name OR (n.wildcard AND n.base = substr(g.name, instr(g.name, '.') + 1)) AS covers,
    CASE
      WHEN c.service IS NULL THEN 'it is for a service that does not declare the name'
      WHEN NOT n.carried THEN 'no job of that service carries it out'
      WHEN NOT n.due THEN 'it is planned for a later time'
      WHEN u.service IS NULL THEN 'that service declares no endpoint or network at the address'
    END AS gap,
    c.service IS NOT NULL AS ours
  FROM goal AS g
  CROSS JOIN ordered AS n
  LEFT JOIN claimed AS c ON c.name = g.name AND c.service = n.service
  LEFT JOIN used AS u ON u.name = g.name AND u.address = g.address AND u.service = n.service
),
obtained AS (
  SELECT name, address,
    MAX(CASE WHEN NOT covers THEN 0 WHEN gap IS NULL THEN 2 ELSE 1 END) AS grade,
    MIN(CASE WHEN covers THEN gap END) AS gap
  FROM order_for WHERE ours OR covers
  GROUP BY name, address
),
looked AS (
  SELECT l.change, b.led AS name, COALESCE(l.address, l.rdata, 'unstated') AS place, s.port, s.protocol,
    COALESCE(o.tier, g.default_tier, 'public') AS tier, o.owner,
    CASE w.grade WHEN 2 THEN TRUE WHEN 0 THEN FALSE END AS ordered, CASE WHEN w.grade = 1 THEN w.gap END AS gap, e.leaf, e.reason, e.named, e.in_date,
    CASE WHEN e.publicly_trusted THEN TRUE
      WHEN COALESCE(o.tier, g.default_tier, 'public') IN ('public', 'partner') THEN e.publicly_trusted
      WHEN e.privately_trusted THEN TRUE
      WHEN e.publicly_trusted = FALSE AND e.privately_trusted = FALSE THEN FALSE END AS trusted
  FROM lead AS l
  JOIN led AS b ON b.change = l.change AND b.name = l.name AND substr(b.led, 1, 1) NOT IN ('*', '_') AND instr(b.led, '._') = 0
  JOIN speaks AS s ON s.name = b.led
  LEFT JOIN former AS old ON old.change = l.change AND old.name = l.name AND old.address = l.address
  LEFT JOIN name_owner AS o ON o.name = b.led
  LEFT JOIN organisation AS g ON TRUE
  LEFT JOIN obtained AS w ON w.name = b.led AND w.address = l.address AND l.change = 'proposal'
  LEFT JOIN served AS e ON e.name = b.led AND e.address = l.address AND e.port = s.port AND e.protocol = s.protocol
  WHERE old.name IS NULL
)
SELECT k.change || ' ' || k.name || ' ' || k.place || ':' || k.port AS subject, k.tier, k.owner,
  CASE
    WHEN MIN(k.ordered) = TRUE THEN TRUE
    WHEN MIN(k.named) = FALSE OR MIN(k.in_date) = FALSE OR MIN(k.trusted) = FALSE THEN FALSE
    WHEN COUNT(k.named) = COUNT(*) AND COUNT(k.in_date) = COUNT(*) AND COUNT(k.trusted) = COUNT(*) AND MIN(d.whole) = TRUE THEN TRUE
    WHEN MIN(k.ordered) = FALSE THEN FALSE
  END AS holds,
  k.change, k.name, k.place, k.port,
  CASE
    WHEN MIN(k.named) = FALSE THEN 'does not cover the name'
    WHEN MIN(k.in_date) = FALSE THEN 'is not valid at this time'
    WHEN MIN(k.trusted) = FALSE THEN 'clients of this tier do not trust'
  END AS fault,
  MIN(k.leaf) AS certificate, MIN(k.named) AS covers_name, MIN(k.in_date) AS in_date, MIN(k.trusted) AS trusted,
  MIN(k.reason) AS reason, MIN(k.ordered) AS ordered, MIN(k.gap) AS order_gap
FROM looked AS k
CROSS JOIN declared AS d
GROUP BY k.change, k.name, k.place, k.port, k.tier, k.owner
