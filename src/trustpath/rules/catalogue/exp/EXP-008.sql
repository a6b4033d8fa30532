-- id: EXP-008
-- title: Validity longer than the policy of the tier
-- says: The certificate {subject} is valid {excess_seconds} longer than the {max_lifetime} that policy allows
--   on the {tier} tier.
-- subject: leaf certificate
-- severity: public=low partner=medium internal=medium workload=high
-- gate: gate
-- inputs: C K
-- source: catalogue F.EXP
-- csf: GV.PO-01, ID.RA-07
-- nhi: NHI7:2025
-- missing: policy
-- remediation: Move to a shorter profile, or record an exception with an end.
-- The tier is the strictest of those of the names in the certificate.
SELECT c.label || ' ' || c.certificate AS subject, c.tier, c.owner,
  c.lifetime <= p.max_lifetime AS holds,
  c.lifetime, p.max_lifetime, c.lifetime - p.max_lifetime AS excess_seconds
FROM scope_certificate AS c
LEFT JOIN judged_policy AS p ON p.tier = c.tier
WHERE c.live
