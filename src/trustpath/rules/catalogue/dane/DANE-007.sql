-- id: DANE-007
-- title: TLSA record that the next renewal breaks
-- says: The TLSA record {usage} {selector} {matching} at {name} {fault}, and a job renews the certificate
--   there.
-- subject: TLSA record
-- severity: public=medium partner=medium internal=medium workload=medium
-- gate: gate
-- inputs: Z C P
-- source: catalogue F.DANE; RFC 7671 5.1
-- csf: PR.PS-01, ID.RA-07
-- missing: jobs
-- remediation: Move to selector 1 with a digest and decide on purpose when a renewal takes a new key.
-- A record of a whole leaf (`3 0 x`), or of undigested data, is wrong after the next renewal. That
-- matters where a job renews the host's certificate; that none does needs a complete list of jobs
-- and a look at what the host serves.
WITH renewed AS (
  SELECT t.name FROM tlsa AS t JOIN job_name AS n ON n.name = t.host JOIN job AS j ON j.id = n.job WHERE j.active
  UNION
  SELECT t.name FROM tlsa AS t
  JOIN job_name AS n ON n.wildcard AND n.base = substr(t.host, instr(t.host, '.') + 1)
  JOIN job AS j ON j.id = n.job WHERE j.active
  UNION
  SELECT m.name FROM tlsa_match AS m JOIN job AS j ON j.certificate = m.leaf WHERE j.active
  UNION
  SELECT m.name FROM tlsa_match AS m JOIN job_name AS n ON n.name = m.host JOIN job AS j ON j.id = n.job WHERE j.active
)
SELECT t.name || ' TLSA ' || t.usage || ' ' || t.selector || ' ' || t.matching || ' ' || t.data AS subject, t.tier, t.owner,
  CASE
    WHEN NOT (t.matching = 0 OR (t.usage = 3 AND t.selector = 0)) THEN TRUE
    WHEN r.name IS NOT NULL THEN FALSE
    WHEN w.closed AND e.seen THEN TRUE
  END AS holds,
  t.name, t.usage, t.selector, t.matching,
  CASE WHEN t.usage = 3 AND t.selector = 0 THEN 'binds the whole certificate' WHEN t.matching = 0 THEN 'holds data without a digest' END AS fault
FROM scope_tlsa AS t
LEFT JOIN renewed AS r ON r.name = t.name
LEFT JOIN closed AS w ON w.kind = 'jobs'
LEFT JOIN (SELECT name, COUNT(leaf) = COUNT(*) AS seen FROM tlsa_match GROUP BY name) AS e ON e.name = t.name
GROUP BY t.name, t.usage, t.selector, t.matching, t.data, t.tier, t.owner, r.name, w.closed, e.seen
