-- id: DNSSEC-003
-- title: Signature close to its end
-- says: Signatures in {subject} were not renewed in time, such as the one of {example} (in all {ending}); the
--   first expires on {expiration}.
-- subject: zone
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: Z
-- source: catalogue F.DNSSEC; RFC 4034 3.1.5, RFC 6781 4.4.2
-- csf: DE.CM-09, PR.IR-04
-- missing: zones
-- remediation: Sign the zone again and find out why the signer did not.
-- A signature has to outlast three days and the TTL with which it is cached. For each RRset and
-- algorithm the longest-lived signature counts, as the others may belong to a key that is on its way out.
-- That none ends takes a zone that is held in full.
WITH last AS (
  SELECT g.zone, g.name, g.covered, g.algorithm, MAX(g.expiration) AS expiration
  FROM rrsig AS g GROUP BY g.zone, g.name, g.covered, g.algorithm
),
seen AS (
  SELECT l.zone, MIN(l.expiration) AS expiration, COUNT(*) AS signatures,
    SUM(CASE WHEN l.expiration - m.now < 259200 OR l.expiration - m.now < COALESCE(r.ttl, 0) THEN 1 ELSE 0 END) AS ending,
    MIN(CASE WHEN l.expiration - m.now < 259200 OR l.expiration - m.now < COALESCE(r.ttl, 0) THEN l.name || ' ' || l.covered END) AS example
  FROM last AS l
  CROSS JOIN moment AS m
  LEFT JOIN rrset AS r ON r.name = l.name AND r.type = l.covered AND r.zone = l.zone
  GROUP BY l.zone
)
SELECT z.apex AS subject, z.tier, z.owner,
  CASE WHEN s.ending > 0 THEN FALSE WHEN s.ending = 0 AND z.whole THEN TRUE END AS holds,
  s.ending, s.example, s.expiration
FROM scope_zone AS z
LEFT JOIN seen AS s ON s.zone = z.apex
WHERE z.signed OR s.zone IS NOT NULL
