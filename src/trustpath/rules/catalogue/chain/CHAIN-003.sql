-- id: CHAIN-003
-- title: Weak signature
-- says: The certificate {certificate} of {label} {fault}.
-- subject: certificate (SHA-256), by itself or as served at a place
-- severity: public=high partner=high internal=high workload=medium
-- gate: gate
-- inputs: E C
-- source: catalogue F.CHAIN; RFC 6151, RFC 6194, BR 7.1.3.2
-- csf: PR.PS-01, ID.RA-01
-- nhi: NHI4:2025
-- missing: certificates
-- remediation: Reissue it from an issuer that signs with SHA-256 or better; serve the issuers of that path.
-- Counts for the leaf and for every issuing certificate below the root: of the best path that could be
-- built, and as a subject of its own of what endpoints send, since they may send a weaker one than is
-- at hand. Nobody relies on the signature of a certificate upon itself. A leaf that is sound while its
-- issuers are not known is unknown.
SELECT c.certificate AS subject, c.tier, c.owner,
  CASE
    WHEN c.signature_hash IN ('md5', 'sha1') AND NOT c.self_issued THEN FALSE
    WHEN p.weak = TRUE THEN FALSE
    WHEN c.self_issued OR p.weak = FALSE THEN TRUE
  END AS holds,
  c.certificate, c.label, c.signature_hash, p.weak AS weak_issuer, c.issuer,
  CASE
    WHEN c.signature_hash = 'md5' AND NOT c.self_issued THEN 'is signed with MD5'
    WHEN c.signature_hash = 'sha1' AND NOT c.self_issued THEN 'is signed with SHA-1'
    WHEN p.weak = TRUE THEN 'has an issuer whose certificate is signed with MD5 or SHA-1'
  END AS fault
FROM scope_certificate AS c
LEFT JOIN (SELECT certificate, MAX(weak_issuer_signature) AS weak FROM certificate_path GROUP BY certificate) AS p
  ON p.certificate = c.certificate
WHERE c.live
UNION ALL
SELECT c.certificate || ' at ' || e.place, c.tier, c.owner, NOT e.weak, c.certificate, c.label, c.signature_hash, e.weak,
  c.issuer, CASE WHEN e.weak THEN 'is served with an issuer certificate that is signed with MD5 or SHA-1' END
FROM scope_certificate AS c
JOIN (
  SELECT leaf, address || ':' || port || CASE WHEN server_name <> '' THEN ' ' || server_name ELSE '' END AS place,
    CASE WHEN MAX(weak_chain_signature) = TRUE THEN TRUE WHEN COUNT(weak_chain_signature) = COUNT(*) THEN FALSE END AS weak
  FROM presentation WHERE leaf IS NOT NULL GROUP BY leaf, address, port, server_name
) AS e ON e.leaf = c.certificate
WHERE c.live AND (c.self_issued OR COALESCE(c.signature_hash, '') NOT IN ('md5', 'sha1'))
