-- id: CHAIN-006
-- title: Name constraint violated
-- says: The certificate {subject} of {label}, issued by {issuer}, has names that the name constraints of its
--   issuers exclude.
-- subject: certificate (SHA-256)
-- severity: public=high partner=high internal=high workload=high
-- gate: gate
-- inputs: C
-- source: catalogue F.CHAIN; RFC 5280 4.2.1.10
-- csf: PR.AA-05, PR.PS-01
-- missing: certificates
-- remediation: Have it issued by a CA whose constraints admit the names, or drop the names.
-- Judged over every issuing certificate of the best path that could be built; without an issuer at
-- hand there is nothing to judge by.
SELECT c.certificate AS subject, c.tier, c.owner,
  p.met AS holds, c.label, c.issuer, p.issuer_certificate
FROM scope_certificate AS c
LEFT JOIN (
  SELECT certificate, MIN(issuer_certificate) AS issuer_certificate,
    CASE WHEN MIN(constraints_met) = FALSE THEN FALSE WHEN COUNT(constraints_met) = COUNT(*) THEN TRUE END AS met
  FROM certificate_path GROUP BY certificate
) AS p ON p.certificate = c.certificate
WHERE c.live
