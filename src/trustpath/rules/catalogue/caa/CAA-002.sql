-- id: CAA-002
-- title: Current issuer not permitted any more
-- subject: certificate or job, and name
-- severity: public=high partner=high internal=low workload=-
-- gate: gate
-- inputs: Z C P
-- source: catalogue F.CAA; RFC 8659 3, RFC 8657 3 and 4
-- csf: ID.RA-07, PR.PS-01
-- nhi: NHI1:2025
-- missing: zones
-- remediation: Add the CA to the relevant CAA set, or move the certificate to a permitted CA before its next renewal.
-- Private CAs do not look at CAA, so a certificate of one is no subject. Where CAs in use read the set in
-- different ways it is unknown, and `doubt` says why.
SELECT p.kind || ' ' || p.id || ' ' || p.name AS subject, r.tier, r.owner,
  p.permits AS holds,
  p.ca, p.account, p.method, p.owner_name AS caa_at, CASE WHEN p.permits IS NULL THEN p.doubt END AS doubt,
  CASE WHEN p.ca IS NULL THEN 'jobs' WHEN p.doubt IS NOT NULL THEN 'zones' WHEN p.owner_name IS NOT NULL AND p.permits IS NULL THEN 'accounts' ELSE 'zones' END AS missing
FROM caa_permission AS p
JOIN issuance_request AS r ON r.kind = p.kind AND r.id = p.id AND r.name = p.name
WHERE r.checks_caa
