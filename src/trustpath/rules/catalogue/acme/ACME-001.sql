-- id: ACME-001
-- title: DNS challenge cannot be answered
-- says: The job {job} validates {name} by {method}, but it cannot write {validation_name}, and that name is not
--   delegated.
-- subject: renewal job and name
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z P
-- source: catalogue F.ACME; RFC 8555 8.4; draft-ietf-acme-dns-account-label
-- csf: PR.PS-01, PR.IR-03
-- missing: jobs
-- decides: declare `challenge_writer` of the job or a credential for the validation name, or hold the zone
-- remediation: Give the job a credential for the exact validation name or delegate that name; try it in staging.
-- A way exists when the job is said to be able to write, when one of its credentials covers the
-- validation name, or when that name is delegated by CNAME or NS. A delegation of the account form
-- is not enough, since its label tells of one account only. "No delegation" counts only in a zone
-- that we hold, without a wildcard that would answer for the name.
WITH need AS (
  SELECT s.job, s.name, s.base, s.method, s.tier, s.owner, s.challenge_writer, s.held, '_acme-challenge.' || s.base AS place
  FROM scope_job_name AS s
  WHERE s.method IN ('dns-01', 'dns-account-01')
),
credentialed AS (
  SELECT DISTINCT n.job, n.name
  FROM need AS n
  JOIN credential AS c ON c.job = n.job AND c.kind IN ('tsig', 'sig0', 'api')
  JOIN credential_scope AS s ON s.credential = c.id
  WHERE s.base = n.place OR (s.subtree AND substr(n.place, -(length(s.base) + 1)) = '.' || s.base)
)
SELECT 'job ' || n.job || ' ' || n.name AS subject, n.tier, n.owner,
  CASE
    WHEN n.challenge_writer THEN TRUE
    WHEN w.job IS NOT NULL THEN TRUE
    WHEN d.name IS NOT NULL THEN CASE WHEN NOT COALESCE(k.looped, FALSE) THEN TRUE END
    WHEN n.challenge_writer = FALSE AND n.held AND a.base IS NULL AND s.base IS NULL THEN FALSE
  END AS holds,
  n.job, n.name, n.place AS validation_name, n.method, k.final AS delegated_to
FROM need AS n
LEFT JOIN credentialed AS w ON w.job = n.job AND w.name = n.name
LEFT JOIN (SELECT DISTINCT name FROM rrset WHERE type IN ('CNAME', 'NS')) AS d ON d.name = n.place
LEFT JOIN canonical_name AS k ON k.name = n.place
LEFT JOIN (SELECT DISTINCT base FROM rrset WHERE wildcard AND type = 'CNAME') AS a ON a.base = n.base
LEFT JOIN (
  SELECT DISTINCT base FROM validation_name WHERE scheme = 'acme-dns-account' AND type IN ('CNAME', 'NS')
) AS s ON s.base = n.base AND n.method = 'dns-account-01'
