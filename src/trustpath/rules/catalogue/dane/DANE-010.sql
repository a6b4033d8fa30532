-- id: DANE-010
-- title: Change of the CA breaks a TLSA record
-- says: The TLSA records at {lookup} mean the CA {announced_ca}, but the next certificate is to come from
--   {next_ca}.
-- subject: TLSA RRset and the planned CA
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z C P
-- source: catalogue F.DANE; RFC 7671 8.4
-- csf: ID.RA-07, GV.SC-07
-- missing: certificates
-- remediation: Publish a record for the new issuer, wait twice the TTL, then switch.
-- RRsets with records of usage 0 or 2 whose host serves a certificate that is to come from another
-- CA. Which CA a record means is known through the CA certificates of that key or digest: who issued
-- them, and whose leaves they issue.
WITH plan AS (
  SELECT k.certificate, k.next_ca FROM rekey AS k CROSS JOIN moment AS m
  WHERE k.next_ca IS NOT NULL AND COALESCE(k.deploy_at, m.now) >= m.now
  UNION
  SELECT certificate, next_ca FROM job WHERE active AND next_ca IS NOT NULL AND certificate IS NOT NULL
),
place AS (
  SELECT DISTINCT m.lookup, p.next_ca FROM plan AS p JOIN tlsa_match AS m ON m.leaf = p.certificate
  UNION
  SELECT s.lookup, j.next_ca FROM job AS j JOIN job_name AS n ON n.job = j.id JOIN tlsa_service AS s ON s.host = n.name
  WHERE j.active AND j.next_ca IS NOT NULL
),
issuing AS (
  SELECT c.fingerprint, c.spki, g.ca FROM certificate AS c JOIN certificate_ca AS g ON g.certificate = c.fingerprint WHERE c.is_ca
  UNION
  SELECT c.fingerprint, c.spki, g.ca FROM certificate_path AS h
  JOIN certificate AS c ON c.fingerprint = h.issuer_certificate
  JOIN certificate_ca AS g ON g.certificate = h.certificate
),
record AS (
  SELECT DISTINCT t.name, t.usage, t.selector, t.matching, t.data, i.ca
  FROM tlsa AS t
  JOIN node AS q ON q.name = t.name AND COALESCE(q.apex, t.zone) = t.zone
  LEFT JOIN issuing AS i ON i.fingerprint = t.data
  WHERE t.selector = 0
  UNION
  SELECT DISTINCT t.name, t.usage, t.selector, t.matching, t.data, i.ca
  FROM tlsa AS t
  JOIN node AS q ON q.name = t.name AND COALESCE(q.apex, t.zone) = t.zone
  LEFT JOIN issuing AS i ON i.spki = t.data
  WHERE t.selector = 1
)
SELECT s.lookup || ' to ' || l.next_ca AS subject, s.tier, s.owner,
  CASE
    WHEN MAX(CASE WHEN r.usage IN (0, 2) AND r.matching = 1 AND r.ca = l.next_ca THEN 1 ELSE 0 END) = 1 THEN TRUE
    WHEN MIN(CASE WHEN r.usage IN (0, 2) AND r.matching = 1 AND r.ca IS NOT NULL THEN 1 ELSE 0 END) = 1 THEN FALSE
  END AS holds,
  s.lookup, l.next_ca, MIN(CASE WHEN r.usage IN (0, 2) THEN r.ca END) AS announced_ca
FROM place AS l
JOIN scope_tlsa_service AS s ON s.lookup = l.lookup
JOIN record AS r ON r.name = s.name
GROUP BY s.lookup, l.next_ca, s.tier, s.owner
HAVING MAX(CASE WHEN r.usage IN (0, 2) THEN 1 ELSE 0 END) = 1
