-- id: BIND-013
-- title: No usable subjectAltName
-- says: The certificate {subject} of {label} has no usable subjectAltName, so clients refuse it.
-- subject: certificate (SHA-256)
-- severity: public=high partner=high internal=high workload=medium
-- gate: gate
-- inputs: C E
-- source: catalogue F.BIND; RFC 9525 4.1 and 6.3, RFC 5280 4.2.1.6
-- csf: PR.AA-02, PR.AA-03
-- nhi: NHI4:2025
-- missing: endpoints
-- remediation: Reissue it with its names as subjectAltName; clients no longer look at the common name.
-- Certificates for servers: those that say so, and those that an endpoint serves. One that states no
-- purpose at all and was seen nowhere may be for something else.
SELECT c.certificate AS subject, c.tier, c.owner,
  CASE WHEN n.certificate IS NOT NULL THEN TRUE WHEN c.server_auth OR c.served THEN FALSE END AS holds,
  c.label, c.subject AS subject_name, c.served
FROM scope_certificate AS c
LEFT JOIN (
  SELECT DISTINCT certificate FROM certificate_name WHERE usable AND kind IN ('dns', 'ip', 'uri')
) AS n ON n.certificate = c.certificate
WHERE c.live AND (c.server_auth OR NOT c.eku OR c.served)
