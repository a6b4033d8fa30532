-- id: REV-003
-- title: Compromised key still certified
-- says: The key {subject} is compromised[ ({reason})] and still in valid certificates ({certificates}), such as
--   the one of {name}.
-- subject: compromised public key (SHA-256 of the SPKI)
-- severity: public=critical partner=critical internal=critical workload=critical
-- gate: gate
-- inputs: C R
-- source: catalogue F.REV; BR 4.9.1.1 (3)
-- csf: RS.MI-01, RS.MI-02, PR.AA-01
-- nhi: NHI2:2025
-- missing: complete
-- remediation: Make a new key, deploy it, then have every certificate of the old one revoked (keyCompromise).
-- The subject is the key, since a list of bad keys is never complete: that a certificate's key is not
-- on it proves nothing.
SELECT k.spki AS subject, COALESCE(t.tier, o.default_tier, 'public') AS tier, c.owner,
  CASE WHEN c.certificates > 0 THEN FALSE WHEN w.closed THEN TRUE END AS holds,
  k.reason, c.certificates, c.label AS name
FROM (SELECT spki, MIN(reason) AS reason FROM compromised_key GROUP BY spki) AS k
LEFT JOIN (
  SELECT s.spki, COUNT(*) AS certificates, MIN(s.label) AS label, MIN(s.owner) AS owner, MIN(r.rank) AS rank
  FROM certificate_state AS s JOIN tier_rank AS r ON r.tier = s.tier WHERE s.live GROUP BY s.spki
) AS c ON c.spki = k.spki
LEFT JOIN tier_rank AS t ON t.rank = c.rank
LEFT JOIN organisation AS o ON TRUE
LEFT JOIN closed AS w ON w.kind = 'certificates'
