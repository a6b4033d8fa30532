-- id: KEY-007
-- title: Private CA without post-quantum keys outlives the deadline
-- says: The private CA {subject} has a key that quantum computers break ({key_type}[, {key_bits} bits]) and is
--   trusted until {not_after}, after the deadline of {deadline}.
-- subject: private CA certificate
-- severity: public=low partner=low internal=low workload=low
-- gate: observe
-- inputs: C
-- source: catalogue F.wave2; NIST IR 8547
-- csf: ID.RA-04, GV.RM-04, ID.AM-07
-- nhi: NHI7:2025
-- missing: policy
-- remediation: Enter it in the plan for the transition to post-quantum signatures, with an owner and a date.
-- Trust anchors outlive everything else: a private CA whose RSA or elliptic key must still be trusted
-- after the date at which such keys are to be gone needs a plan. Public roots are their programs'
-- business.
SELECT s.label || ' ' || s.certificate AS subject, s.tier, s.owner,
  CASE
    WHEN s.not_after <= d."at" THEN TRUE
    WHEN d."at" IS NULL THEN NULL
    WHEN s.publicly_issued = FALSE OR s.privately_trusted THEN FALSE
  END AS holds,
  CASE WHEN d."at" IS NULL THEN 'policy' ELSE 'roots' END AS missing,
  s.not_after, d."at" AS deadline, c.key_type, c.key_bits
FROM certificate_state AS s
JOIN certificate AS c ON c.fingerprint = s.certificate
LEFT JOIN deadline AS d ON d.id = 'quantum-vulnerable-deprecated'
WHERE s.is_ca AND s.live AND COALESCE(NOT s.publicly_issued, TRUE)
  AND c.key_type IN ('rsa', 'ec', 'ed25519', 'ed448', 'dsa')
