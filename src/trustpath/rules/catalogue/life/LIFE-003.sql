-- id: LIFE-003
-- title: Name changed hands and its key did not
-- says: {subject} went from {former} to {owner} on {moved_at}, but the certificate {certificate} has a key from
--   before.
-- subject: name that changed hands
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: O C
-- source: catalogue F.LIFE
-- csf: PR.AA-01, GV.RR-02
-- nhi: NHI1:2025, NHI9:2025
-- missing: complete
-- remediation: Make a new key for the new owner and have the old certificate revoked.
-- A name changed hands when a transfer between owners of ours is declared, or when it was observed to
-- leave a service of another owner. A live certificate whose key was in use before that day leaves the
-- former owner able to answer for the name.
WITH RECURSIVE
moved AS (
  SELECT t.base AS subject, t."at" AS moved_at, t.former, n.id AS current_owner, TRUE AS whole
  FROM name_transfer AS t JOIN owner AS n ON n.id = t.current CROSS JOIN moment AS m
  WHERE t.former <> t.current AND t."at" <= m.now
  UNION ALL
  SELECT x.name, h.gone_at, h.owner, s.owner, FALSE
  FROM service_name_history AS h
  JOIN service_name AS x ON x.name = h.name
  JOIN service AS s ON s.id = x.service AND s.owner <> h.owner
  WHERE h.gone_at IS NOT NULL
),
reach(subject, name) AS (
  SELECT subject, subject FROM moved
  UNION
  SELECT r.subject, d.name FROM reach AS r
  JOIN (SELECT DISTINCT subject FROM moved WHERE whole) AS w ON w.subject = r.subject
  JOIN domain AS d ON d.parent = r.name
),
latest AS (
  SELECT subject, MAX(moved_at) AS moved_at, MIN(former) AS former, MIN(current_owner) AS owner FROM moved GROUP BY subject
),
age AS (
  SELECT spki, MIN(since) AS since FROM (
    SELECT spki, not_before AS since FROM certificate
    UNION ALL SELECT spki, first_seen FROM certificate_history
  ) AS sightings GROUP BY spki
),
kept AS (
  SELECT l.subject, COUNT(DISTINCT s.certificate) AS certificates, MIN(s.certificate) AS example
  FROM latest AS l
  JOIN reach AS r ON r.subject = l.subject
  JOIN certificate_name AS n ON n.base = r.name AND n.kind = 'dns'
  JOIN certificate_state AS s ON s.certificate = n.certificate
  JOIN age AS a ON a.spki = s.spki
  WHERE s.live AND NOT s.is_ca AND a.since < l.moved_at
  GROUP BY l.subject
)
SELECT l.subject, COALESCE(o.tier, g.default_tier, 'public') AS tier, l.owner,
  CASE WHEN k.certificates > 0 THEN FALSE WHEN w.closed THEN TRUE END AS holds,
  l.former, l.moved_at, k.example AS certificate
FROM latest AS l
LEFT JOIN kept AS k ON k.subject = l.subject
LEFT JOIN name_owner AS o ON o.name = l.subject
LEFT JOIN organisation AS g ON TRUE
LEFT JOIN closed AS w ON w.kind = 'certificates'
