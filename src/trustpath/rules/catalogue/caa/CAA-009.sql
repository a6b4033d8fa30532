-- id: CAA-009
-- title: CAA excludes the validation method of a job
-- says: The CAA set at {caa_at} lets {ca} issue only by other methods than {method}, which the job {job} uses
--   for {name}.
-- subject: renewal job and name
-- severity: public=high partner=high internal=- workload=-
-- gate: gate
-- inputs: Z P
-- source: catalogue F.CAA; RFC 8657 4
-- csf: PR.PS-01, ID.RA-07
-- missing: declaration
-- decides: declare whether the CA looks at CAA, and by which names (cas.caa)
-- remediation: List the job's method in `validationmethods`, or change the method of the job.
-- Speaks only where a property for the job's CA lists methods; another property of the same CA
-- without a list, or with the method in it, is enough.
SELECT 'job ' || r.id || ' ' || r.name AS subject, r.tier, r.owner,
  CASE
    WHEN NOT v.known THEN NULL
    WHEN MAX(CASE WHEN g.doubt IS NULL AND g.has_methods = FALSE THEN 1 ELSE 0 END) = 1 THEN TRUE
    WHEN COUNT(CASE WHEN g.doubt IS NULL THEN m.method END) > 0 THEN TRUE
    WHEN COUNT(g.doubt) > 0 THEN NULL
    WHEN r.method IS NOT NULL AND r.checks_caa THEN FALSE
  END AS holds,
  r.id AS job, r.name, r.method, r.ca, v.owner AS caa_at,
  CASE WHEN NOT v.known THEN 'zones' WHEN r.checks_caa IS NULL THEN 'declaration' ELSE 'jobs' END AS missing
FROM issuance_request AS r
JOIN caa_relevant AS v ON v.name = r.base
LEFT JOIN caa_grant AS g ON g.owner = v.owner AND g.wildcard = r.wildcard AND g.ca = r.ca
LEFT JOIN caa_method AS m ON m.name = g.owner AND m.value = g.value
  AND m.method = CASE WHEN substr(r.method, 1, 3) = 'br-' THEN 'ca-t' || r.method ELSE r.method END
WHERE r.kind = 'job' AND COALESCE(r.checks_caa, TRUE)
GROUP BY r.id, r.name, r.tier, r.owner, r.method, r.ca, r.checks_caa, v.owner, v.known
HAVING NOT v.known OR MAX(g.has_methods)
