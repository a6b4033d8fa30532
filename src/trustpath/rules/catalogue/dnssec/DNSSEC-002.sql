-- id: DNSSEC-002
-- title: DS without a matching key
-- says: The DS of {subject} at its parent (key tag {key_tag}) matches no key of the zone that validly signs its
--   keys.
-- subject: zone
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z
-- source: catalogue F.DNSSEC; RFC 4035 5.2
-- csf: ID.RA-07, PR.PS-01
-- missing: zones
-- remediation: Restore the key that the DS means, or correct the DS at the parent.
-- Some DS has to mean a published key whose signature over the DNSKEY set is valid now. Digests of a
-- type that is not computed here leave it open, and so does a zone whose keys or signatures we do not hold.
WITH linked AS (
  SELECT s.name,
    MAX(CASE WHEN k.digest IS NOT NULL AND g.key_tag IS NOT NULL THEN 1 ELSE 0 END) AS signing,
    MAX(CASE WHEN k.digest IS NOT NULL THEN 1 ELSE 0 END) AS present,
    MIN(CASE WHEN s.digest_type IN (1, 2, 4) THEN 1 ELSE 0 END) AS computed,
    MIN(s.key_tag) AS key_tag
  FROM ds AS s
  CROSS JOIN moment AS m
  LEFT JOIN dnskey_digest AS k ON k.name = s.name AND k.key_tag = s.key_tag AND k.algorithm = s.algorithm
    AND k.digest_type = s.digest_type AND k.digest = s.digest
  LEFT JOIN rrsig AS g ON g.name = s.name AND g.covered = 'DNSKEY' AND g.key_tag = s.key_tag AND g.algorithm = s.algorithm
    AND g.inception <= m.now AND g.expiration >= m.now
  WHERE s.type = 'DS' AND s.zone <> s.name
  GROUP BY s.name
)
SELECT l.name AS subject, o.tier, COALESCE(n.zone_owner, o.record_owner) AS owner,
  CASE
    WHEN l.signing = 1 THEN TRUE
    WHEN l.present = 1 AND g.name IS NOT NULL THEN FALSE
    WHEN l.present = 0 AND l.computed = 1 AND (z.signed = 1 OR z.unsigned = 1) THEN FALSE
  END AS holds,
  l.key_tag
FROM linked AS l
JOIN name_owner AS o ON o.name = l.name
JOIN node AS n ON n.name = l.name
LEFT JOIN (
  SELECT apex, MAX(CASE WHEN signed THEN 1 ELSE 0 END) AS signed,
    MIN(CASE WHEN NOT signed AND "full" THEN 1 ELSE 0 END) AS unsigned
  FROM zone GROUP BY apex
) AS z ON z.apex = l.name
LEFT JOIN (SELECT DISTINCT name FROM rrsig WHERE covered = 'DNSKEY') AS g ON g.name = l.name
