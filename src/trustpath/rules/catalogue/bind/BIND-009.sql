-- id: BIND-009
-- title: One certificate covers names of different owners
-- says: The certificate {subject} of {label} covers {names} names, of {one_owner} and {other_owner}, who have
--   no agreement to share it.
-- subject: certificate (SHA-256)
-- severity: public=medium partner=high internal=medium workload=low
-- gate: gate
-- inputs: C O
-- source: catalogue F.BIND
-- csf: GV.RR-02, PR.AA-05
-- nhi: NHI9:2025
-- missing: ownership
-- remediation: Split the certificate, or record the agreement to share it.
-- Live certificates with more than one DNS name. An owner counts by a statement of his own (service,
-- name or certificate pattern); a name that only its zone's owner answers for is not known to belong to
-- another. Shared by agreement when each name's owner has one, there, with another of the owners.
WITH shared AS (
  SELECT n.certificate, n.name, n.base, n.claim, n.owner
  FROM scope_certificate_name AS n
  JOIN certificate AS c ON c.fingerprint = n.certificate AND c.names > 1
  WHERE n.live
),
counted AS (
  SELECT certificate, COUNT(*) AS names, COUNT(claim) AS claimed,
    COUNT(owner) AS owned, MIN(owner) = MAX(owner) AS one_owner, MIN(claim) AS one, MAX(claim) AS other
  FROM shared GROUP BY certificate HAVING COUNT(*) > 1
),
mixed AS (
  SELECT s.certificate, s.base, s.claim FROM shared AS s
  JOIN counted AS c ON c.certificate = s.certificate AND c.one <> c.other
  WHERE s.claim IS NOT NULL
),
apart AS (
  SELECT m.certificate, COUNT(*) AS names
  FROM mixed AS m
  LEFT JOIN (
    SELECT DISTINCT x.certificate, x.base, x.claim FROM mixed AS x
    JOIN agreed AS a ON a.name = x.base AND a.owner = x.claim
    JOIN mixed AS y ON y.certificate = x.certificate AND y.claim = a.other
  ) AS g ON g.certificate = m.certificate AND g.base = m.base AND g.claim = m.claim
  WHERE g.base IS NULL
  GROUP BY m.certificate
)
SELECT c.certificate AS subject, s.tier, s.owner,
  CASE
    WHEN a.names > 0 THEN FALSE
    WHEN NOT d.whole THEN NULL
    WHEN c.claimed = c.names THEN TRUE
    WHEN d.closed AND c.owned = c.names AND c.one_owner THEN TRUE
  END AS holds,
  s.label, c.names, c.one AS one_owner, CASE WHEN c.other <> c.one THEN c.other END AS other_owner
FROM counted AS c
JOIN certificate_state AS s ON s.certificate = c.certificate
CROSS JOIN declared AS d
LEFT JOIN apart AS a ON a.certificate = c.certificate
