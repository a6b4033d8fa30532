-- id: KEY-002
-- title: Known weak key
-- says: The key of the certificate {subject} ({key_type}[, {key_bits} bits]) is known to be weak.
-- subject: leaf certificate
-- severity: public=critical partner=critical internal=high workload=high
-- gate: gate
-- inputs: C
-- source: catalogue F.KEY; BR 6.1.1.3
-- csf: ID.RA-01, RS.MI-01
-- nhi: NHI4:2025
-- missing: certificates
-- remediation: Make a new key with a sound generator, reissue, and have the old certificate revoked (24 hours,
--   BR 4.9.1.1).
-- The tests are run where the certificate is read: keys of the Debian generator, ROCA, and primes too
-- close together. A key that was not tested is unknown.
SELECT c.label || ' ' || c.certificate AS subject, c.tier, c.owner,
  NOT c.weak_key AS holds,
  c.key_type, c.key_bits, c.spki
FROM scope_certificate AS c
WHERE c.live
