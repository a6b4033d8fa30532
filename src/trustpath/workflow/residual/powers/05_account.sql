-- may: obtain
-- kind: account
-- ends by: stop the job; deactivate the account if it is exclusive
SELECT DISTINCT 'account ' || a.uri || ' of ' || a.ca || ', job ' || j.id, CAST(NULL AS BIGINT),
  COALESCE(a.owner, j.job_owner), FALSE, TRUE
FROM job_name AS n JOIN job_state AS j ON j.id = n.job JOIN acme_account AS a ON a.uri = j.account
WHERE n.base = {name} AND a.status = 'valid' AND j.active
