-- may: obtain
-- kind: validation
-- ends by: deactivate the authorization at the CA (trustpath cert abandon)
SELECT 'validation by ' || COALESCE(j.method, 'an unknown method') || ' of job ' || j.id
    || COALESCE(' with account ' || j.account, ''),
  CASE WHEN j.last_validation IS NOT NULL THEN j.last_validation + COALESCE(a.reuse_seconds, r.seconds) END,
  j.job_owner, FALSE, j.last_validation IS NOT NULL AND COALESCE(a.reuse_seconds, r.seconds) IS NOT NULL
FROM job_name AS n
JOIN job_state AS j ON j.id = n.job
CROSS JOIN moment AS m
LEFT JOIN ca AS a ON a.id = j.ca
LEFT JOIN validation_reuse AS r ON j.last_validation >= r.starts AND j.last_validation < r.ends
LEFT JOIN abandoned_validation AS x ON x.job = j.id AND x."at" >= j.last_validation
WHERE n.base IN ({above}) AND (n.base = {name} OR n.wildcard) AND x.job IS NULL
  AND (j.last_validation IS NULL OR j.last_validation + COALESCE(a.reuse_seconds, r.seconds) > m.now)
