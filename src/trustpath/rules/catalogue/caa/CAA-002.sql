-- id: CAA-002
-- title: Present CA not permitted by CAA
-- says: The CAA set at {caa_at} does not let {ca} issue {name} again ({kind} {id}[, account {account}][,
--   validated by {method}]).
-- subject: certificate or job, and name
-- severity: public=high partner=high internal=low workload=low
-- gate: gate
-- inputs: Z C P
-- source: catalogue F.CAA; RFC 8659 3, RFC 8657 3 and 4
-- csf: ID.RA-07, PR.PS-01
-- nhi: NHI1:2025
-- missing: declaration
-- decides: declare whether the CA looks at CAA, and by which names (cas.caa)
-- remediation: Add the CA to the relevant CAA set, or move the certificate to a permitted CA before its next renewal.
-- A CA that does not look at CAA is no subject. Of a private one of which nobody says whether it
-- looks, only a set that permits is a pass. Where CAs in use read the set in different ways it is
-- unknown, and `doubt` says why.
SELECT p.kind || ' ' || p.id || ' ' || p.name AS subject, r.tier, r.owner,
  p.may AS holds,
  p.kind, p.id, p.name, p.ca, p.account, p.method, p.owner_name AS caa_at, CASE WHEN p.may IS NULL THEN p.doubt END AS doubt,
  CASE
    WHEN p.ca IS NULL THEN 'jobs'
    WHEN p.checks_caa IS NULL AND p.known THEN 'declaration'
    WHEN p.doubt IS NOT NULL THEN 'zones'
    WHEN p.owner_name IS NOT NULL AND p.permits IS NULL THEN 'accounts'
    ELSE 'zones'
  END AS missing
FROM caa_permission AS p
JOIN issuance_request AS r ON r.kind = p.kind AND r.id = p.id AND r.name = p.name
WHERE COALESCE(p.checks_caa, TRUE)
