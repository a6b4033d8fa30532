-- may: obtain
-- kind: validation
-- ends by: deactivate the authorization at the CA
SELECT 'validation by ' || COALESCE(j.method, 'an unknown method') || ' of job ' || j.id
    || COALESCE(' with account ' || j.account, ''),
  CASE WHEN j.last_validation IS NOT NULL THEN j.last_validation + COALESCE(a.reuse_seconds, r.seconds) END,
  j.job_owner, FALSE, j.last_validation IS NOT NULL AND COALESCE(a.reuse_seconds, r.seconds) IS NOT NULL
FROM job_name AS n
JOIN job_state AS j ON j.id = n.job
CROSS JOIN moment AS m
LEFT JOIN ca AS a ON a.id = j.ca
LEFT JOIN validation_reuse AS r ON j.last_validation >= r.starts AND j.last_validation < r.ends
WHERE n.base IN ({above}) AND (n.base = {name} OR n.wildcard)
  AND (j.last_validation IS NULL OR j.last_validation + COALESCE(a.reuse_seconds, r.seconds) > m.now)
