-- id: CHAIN-007
-- title: Private CA without limits
-- says: The private CA {issuer} ({subject}), which issued live certificates of ours ({leaves}), is limited by
--   {limits}.
-- subject: issuing CA certificate (SHA-256)
-- severity: public=medium partner=medium internal=medium workload=low
-- gate: observe
-- inputs: C
-- source: catalogue F.CHAIN; RFC 5280 4.2.1.10 and 4.2.1.12
-- csf: PR.AA-05
-- nhi: NHI5:2025
-- missing: roots
-- remediation: Reissue the CA certificate with name constraints for its namespace and with the purposes it may issue for.
-- A CA certificate that issued at least one live leaf of ours and does not lead to a public root. The tier is
-- the strictest of its leaves. Public CAs are the root programs' business.
SELECT a.fingerprint AS subject, t.tier, CAST(NULL AS TEXT) AS owner,
  CASE WHEN a.name_constrained AND a.eku THEN TRUE WHEN i.publicly_issued = FALSE THEN FALSE END AS holds,
  CASE
    WHEN NOT a.name_constrained AND NOT a.eku THEN 'neither name constraints nor purposes'
    WHEN NOT a.name_constrained THEN 'purposes but not by name constraints'
    WHEN NOT a.eku THEN 'name constraints but not by purposes'
  END AS limits,
  a.subject AS issuer, a.name_constrained, a.eku, l.leaves
FROM (
  SELECT p.issuer_certificate AS authority, COUNT(DISTINCT c.certificate) AS leaves, MIN(k.rank) AS rank
  FROM certificate_path AS p
  JOIN scope_certificate AS c ON c.certificate = p.certificate
  JOIN tier_rank AS k ON k.tier = c.tier
  WHERE c.live GROUP BY p.issuer_certificate
) AS l
JOIN certificate AS a ON a.fingerprint = l.authority AND a.is_ca
JOIN authority_trust AS i ON i.certificate = a.fingerprint
JOIN tier_rank AS t ON t.rank = l.rank
WHERE COALESCE(i.publicly_issued, FALSE) = FALSE
