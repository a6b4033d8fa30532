-- id: CHAIN-005
-- title: Certificate not issued for its purpose
-- says: The certificate {certificate} of {label} {fault}.
-- subject: certificate and its role
-- severity: public=high partner=high internal=high workload=high
-- gate: gate
-- inputs: C E O
-- source: catalogue F.CHAIN; RFC 5280 4.2.1.12, BR 7.1.2.7.10, standards D.8
-- csf: PR.AA-03
-- nhi: NHI4:2025
-- missing: roots
-- remediation: Reissue with exactly the purposes that the role needs.
-- Server: what an endpoint serves must be for server authentication; without the extension any
-- purpose is meant, which private PKI may do and the Baseline Requirements forbid. Client: what a
-- declared workload goes by must be for client authentication. Public: a publicly trusted leaf for
-- servers issued from the deadline of the root programs on asserts nothing else.
SELECT c.certificate || ' as server' AS subject, c.tier, c.owner,
  CASE WHEN c.server_auth THEN TRUE WHEN c.eku THEN FALSE ELSE NOT c.publicly_issued END AS holds,
  c.certificate, c.label,
  CASE WHEN c.server_auth THEN NULL WHEN c.eku THEN 'is served but not meant for server authentication'
    WHEN c.publicly_issued THEN 'is served but states no purpose, as a public CA has to' END AS fault,
  c.server_auth, c.client_auth, c.other_eku, c.not_before
FROM scope_certificate AS c
WHERE c.live AND c.served
UNION ALL
SELECT c.certificate || ' as client', c.tier, c.owner,
  CASE WHEN c.client_auth THEN TRUE WHEN c.eku THEN FALSE ELSE NOT c.publicly_issued END,
  c.certificate, c.label,
  CASE WHEN c.client_auth THEN NULL WHEN c.eku THEN 'identifies a workload but is not meant for client authentication'
    WHEN c.publicly_issued THEN 'identifies a workload but states no purpose, as a public CA has to' END,
  c.server_auth, c.client_auth, c.other_eku, c.not_before
FROM scope_certificate AS c
JOIN (
  SELECT n.certificate FROM certificate_name AS n JOIN workload AS w ON w.identity = n.name WHERE n.kind = 'uri'
  UNION
  SELECT x.fingerprint FROM certificate AS x JOIN workload AS w ON w.identity = x.subject
) AS u ON u.certificate = c.certificate
WHERE c.live
UNION ALL
SELECT c.certificate || ' in public', c.tier, c.owner,
  CASE WHEN NOT c.client_auth AND NOT c.other_eku THEN TRUE ELSE NOT c.publicly_issued END,
  c.certificate, c.label,
  CASE WHEN c.publicly_issued AND (c.client_auth OR c.other_eku) THEN 'is publicly trusted but meant for more than server authentication' END,
  c.server_auth, c.client_auth, c.other_eku, c.not_before
FROM scope_certificate AS c
JOIN deadline AS d ON d.id = 'client-auth-end'
WHERE c.live AND c.server_auth AND c.not_before >= d."at" AND COALESCE(c.publicly_issued, TRUE)
