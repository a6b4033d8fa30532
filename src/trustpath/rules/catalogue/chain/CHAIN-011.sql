-- id: CHAIN-011
-- title: Certificate chain that clients refuse
-- says: Clients refuse the certificate {subject} of {label}: {fault}.
-- subject: certificate (SHA-256)
-- severity: public=high partner=high internal=high workload=high
-- gate: gate
-- inputs: E C
-- source: RFC 5280 4.2, 4.2.1.9, 4.2.1.12 and 6.1.4; BR 7.1.2.10.6
-- csf: PR.AA-03, PR.PS-01
-- nhi: NHI4:2025
-- missing: certificates
-- remediation: Reissue from an issuer that may issue for the purpose, or without the extension; serve the issuers of
--   another path.
-- The path is complete, its signatures verify, and yet it is refused: the certificate or an issuer has a critical
-- extension that clients do not know, an issuer is limited to other purposes, has expired, or may have fewer
-- intermediates below it. One accepted path is enough. Name constraints are another rule's, and so is
-- the kind of root.
SELECT c.certificate AS subject, c.tier, c.owner,
  CASE
    WHEN c.publicly_trusted OR c.privately_trusted THEN TRUE
    WHEN p.fault IS NOT NULL THEN FALSE
    WHEN c.publicly_trusted = FALSE AND c.privately_trusted = FALSE AND p.root IS NOT NULL AND c.publicly_issued IS NOT NULL
      THEN TRUE
  END AS holds,
  c.label, p.fault, c.issuer, p.root
FROM scope_certificate AS c
LEFT JOIN (
  SELECT certificate, MIN(fault) AS fault, MIN(root) AS root FROM certificate_path GROUP BY certificate
) AS p ON p.certificate = c.certificate
WHERE c.live
