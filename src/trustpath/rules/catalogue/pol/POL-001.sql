-- id: POL-001
-- title: Wildcard against policy
-- says: Policy excludes wildcards on the {tier} tier, but {name} is in the[ certificate {certificate}][ job
--   {job}].
-- subject: certificate or job, and wildcard name
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: C K
-- source: catalogue F.POL
-- csf: GV.PO-01, PR.AA-05
-- nhi: NHI5:2025
-- missing: policy
-- remediation: Name the hosts instead.
-- The tier is that of the service which claims the wildcard as such, else that of the name above which
-- it stands.
SELECT 'certificate ' || n.certificate || ' ' || n.name AS subject, n.tier, COALESCE(n.owner, n.certificate_owner) AS owner,
  p.wildcards AS holds, n.name, n.certificate, CAST(NULL AS TEXT) AS job, n.label AS certificate_for, n.ca
FROM scope_certificate_name AS n
LEFT JOIN judged_policy AS p ON p.tier = n.tier
WHERE n.wildcard AND n.live
UNION ALL
SELECT 'job ' || j.job || ' ' || j.name, COALESCE(w.tier, j.tier), COALESCE(j.owner, w.owner),
  p.wildcards, j.name, CAST(NULL AS TEXT), j.job, CAST(NULL AS TEXT), j.ca
FROM scope_job_name AS j
LEFT JOIN wildcard_claim AS w ON w.name = j.name
LEFT JOIN judged_policy AS p ON p.tier = COALESCE(w.tier, j.tier)
WHERE j.wildcard
