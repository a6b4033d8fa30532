-- id: ACME-002
-- title: HTTP or TLS challenge does not reach the responder
-- says: The job {job} validates {name} by {method}, which cannot succeed: {fault}.
-- subject: renewal job and name
-- severity: public=high partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z P E
-- source: catalogue F.ACME; RFC 8555 8.3; RFC 8737; BR 3.2.2.4.18, .19, .20
-- csf: ID.RA-07, PR.PS-01
-- missing: endpoints
-- remediation: Route `/.well-known/acme-challenge/` (or ALPN) to the responder at the new address, or change the method first.
-- These methods go to the address of the exact name: a name without an address cannot pass, nor can
-- a wildcard. Whether the responder is reached is known from probes; a refused TLS port says it as
-- well for tls-alpn-01. Vantages that disagree are ACME-017's matter and unknown here.
WITH need AS (
  SELECT s.job, s.name, s.base, s.wildcard, s.method, s.tier, s.owner FROM scope_job_name AS s
  WHERE s.method IN ('http-01', 'tls-alpn-01', 'br-18', 'br-19', 'br-20')
),
way AS (
  SELECT job, name, base, CASE WHEN method IN ('tls-alpn-01', 'br-20') THEN 443 ELSE 80 END AS port FROM need
),
reach AS (
  SELECT job, name, MIN(reached) AS lowest, MAX(reached) AS highest FROM (
    SELECT w.job, w.name, p.vantage, MAX(CASE WHEN p.reached THEN 1 ELSE 0 END) AS reached
    FROM way AS w JOIN probe AS p ON p.name = w.base AND p.port = w.port AND p.method <> 'service'
    GROUP BY w.job, w.name, p.vantage
  ) AS seen GROUP BY job, name
),
refused AS (
  SELECT w.job, w.name, MIN(CASE WHEN b.outcome = 'refused' THEN 1 ELSE 0 END) AS everywhere
  FROM way AS w JOIN binding AS b ON b.name = w.base AND b.port = w.port
  WHERE w.port = 443
  GROUP BY w.job, w.name
)
SELECT 'job ' || n.job || ' ' || n.name AS subject, n.tier, n.owner,
  CASE
    WHEN n.wildcard THEN FALSE
    WHEN r.resolves = FALSE THEN FALSE
    WHEN p.highest = 0 THEN FALSE
    WHEN p.lowest = 1 THEN CASE WHEN r.resolves THEN TRUE END
    WHEN x.everywhere = 1 THEN FALSE
  END AS holds,
  n.job, n.name, n.method, r.address, r.final,
  CASE
    WHEN n.wildcard THEN 'this method cannot validate a wildcard'
    WHEN r.resolves = FALSE THEN 'the name has no address'
    WHEN p.highest = 0 THEN 'no probe reaches the responder'
    WHEN p.lowest = 1 THEN NULL
    WHEN x.everywhere = 1 THEN 'port 443 refuses connections'
  END AS fault
FROM need AS n
LEFT JOIN name_resolution AS r ON r.name = n.base
LEFT JOIN reach AS p ON p.job = n.job AND p.name = n.name
LEFT JOIN refused AS x ON x.job = n.job AND x.name = n.name
