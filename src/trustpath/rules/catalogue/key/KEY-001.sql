-- id: KEY-001
-- title: Key below minimum
-- says: The key of the certificate {subject} ({key_type}[ {curve}][, {key_bits} bits]) is not accepted on the
--   {tier} tier[; it needs {needed_bits} bits][; its size has to be a multiple of {multiple}].
-- subject: leaf certificate
-- severity: public=high partner=high internal=high workload=high
-- gate: gate
-- inputs: C
-- source: catalogue F.KEY; BR 6.1.5
-- csf: PR.PS-01, ID.RA-01
-- nhi: NHI4:2025
-- missing: certificates
-- remediation: Make a new key of at least the minimum and reissue.
-- Public paths take RSA of 2048 bits and more, a multiple of 8, and the curves P-256, P-384 and P-521
-- (BR 6.1.5); other curves and EdDSA are a matter of private CAs. The tier's policy may ask for more
-- RSA bits.
SELECT c.label || ' ' || c.certificate AS subject, c.tier, c.owner,
  CASE
    WHEN c.key_type = 'rsa' AND (c.key_bits < 2048 OR c.key_bits % 8 <> 0 OR c.key_bits < p.min_rsa_bits) THEN FALSE
    WHEN c.key_type = 'rsa' AND p.min_rsa_bits IS NOT NULL THEN TRUE
    WHEN c.key_type = 'dsa' THEN FALSE
    WHEN c.key_type = 'ec' AND c.curve IN ('P-256', 'P-384', 'P-521') THEN TRUE
    WHEN c.key_type = 'ec' AND c.key_bits < 224 THEN FALSE
    WHEN c.key_type IN ('ec', 'ed25519', 'ed448') AND c.publicly_issued THEN FALSE
    WHEN c.key_type IN ('ec', 'ed25519', 'ed448') AND c.publicly_issued = FALSE THEN TRUE
  END AS holds,
  CASE
    WHEN c.key_type = 'rsa' THEN 'policy' WHEN c.key_type IN ('ec', 'ed25519', 'ed448') THEN 'roots'
    ELSE 'certificates'
  END AS missing,
  c.key_type, c.key_bits, c.curve, p.min_rsa_bits,
  CASE WHEN c.key_type = 'rsa' AND c.key_bits < COALESCE(p.min_rsa_bits, 2048) THEN COALESCE(p.min_rsa_bits, 2048) END AS needed_bits,
  CASE WHEN c.key_type = 'rsa' AND c.key_bits % 8 <> 0 THEN 8 END AS multiple
FROM scope_certificate AS c
LEFT JOIN judged_policy AS p ON p.tier = c.tier
WHERE c.live
