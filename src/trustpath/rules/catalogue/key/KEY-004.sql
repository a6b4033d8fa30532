-- id: KEY-004
-- title: Key older than policy
-- says: The key {subject} of {name} is in use since {since}, longer than the {key_age} that policy allows.
-- subject: public key (SHA-256 of the SPKI)
-- severity: public=medium partner=medium internal=medium workload=medium
-- gate: gate
-- inputs: C H
-- source: catalogue F.KEY; NIST SP 800-57 part 1, 5.3
-- csf: PR.AA-01, ID.AM-08
-- nhi: NHI7:2025
-- missing: complete
-- remediation: Make a new key at the next renewal; publish its TLSA record and pins before it goes into use.
-- A key is at least as old as the first certificate that has it, and as the moment at which it was
-- first seen here. That is a lower bound: it proves a key too old at once, while a key young enough
-- needs an inventory that is claimed to be complete.
SELECT k.spki AS subject, t.tier, k.owner,
  CASE
    WHEN m.now - f.since > p.key_age THEN FALSE
    WHEN w.closed AND p.key_age IS NOT NULL THEN TRUE
  END AS holds,
  CASE WHEN p.key_age IS NULL THEN 'policy' ELSE 'complete' END AS missing,
  k.label AS name, f.since, p.key_age
FROM (
  SELECT s.spki, MIN(r.rank) AS rank, MIN(s.owner) AS owner, MIN(s.label) AS label
  FROM certificate_state AS s JOIN tier_rank AS r ON r.tier = s.tier
  WHERE s.live AND NOT s.is_ca
  GROUP BY s.spki
) AS k
JOIN tier_rank AS t ON t.rank = k.rank
JOIN (
  SELECT spki, MIN(since) AS since FROM (
    SELECT spki, not_before AS since FROM certificate
    UNION ALL SELECT spki, first_seen FROM certificate_history
  ) AS sightings GROUP BY spki
) AS f ON f.spki = k.spki
CROSS JOIN moment AS m
LEFT JOIN judged_policy AS p ON p.tier = t.tier
LEFT JOIN closed AS w ON w.kind = 'certificates'
