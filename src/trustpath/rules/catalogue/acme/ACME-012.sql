-- id: ACME-012
-- title: ACME account unusable
-- says: The job {job} uses the account {subject}[ of {ca}], which cannot order: {fault}.
-- subject: ACME account that an active job uses
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: P
-- source: catalogue F.ACME; RFC 8555 7.1.2, 7.3
-- csf: PR.AA-01
-- nhi: NHI1:2025
-- missing: accounts
-- decides: declare the account with `status` and `key_available` (cas.accounts)
-- remediation: Recover the account, or create a new one and bind CAA and persistent records to it.
-- A valid account has accepted some terms, so silence about them is no doubt; whether the key is
-- still at hand must be said.
SELECT u.account AS subject, t.tier, COALESCE(MIN(a.owner), MIN(u.owner)) AS owner,
  CASE
    WHEN COUNT(a.uri) = 0 THEN NULL
    WHEN MAX(CASE WHEN a.status <> 'valid' OR NOT a.key_available OR NOT a.terms_accepted OR a.eab_expires < m.now
      THEN 1 ELSE 0 END) = 1 THEN FALSE
    WHEN MIN(CASE WHEN a.key_available THEN 1 ELSE 0 END) = 1 THEN TRUE
  END AS holds,
  MIN(a.ca) AS ca, MIN(a.status) AS status, MIN(u.job) AS job,
  CASE
    WHEN MAX(CASE WHEN a.status <> 'valid' THEN 1 ELSE 0 END) = 1 THEN 'it is not valid any more'
    WHEN MAX(CASE WHEN NOT a.key_available THEN 1 ELSE 0 END) = 1 THEN 'its key is not at hand'
    WHEN MAX(CASE WHEN NOT a.terms_accepted THEN 1 ELSE 0 END) = 1 THEN 'it has not accepted the terms of service'
    WHEN MAX(CASE WHEN a.eab_expires < m.now THEN 1 ELSE 0 END) = 1 THEN 'its external account binding has expired'
  END AS fault
FROM (
  SELECT j.account, MIN(k.rank) AS rank, MIN(j.job_owner) AS owner, MIN(j.id) AS job
  FROM job_state AS j JOIN tier_rank AS k ON k.tier = j.tier
  WHERE j.active AND j.account IS NOT NULL GROUP BY j.account
) AS u
JOIN tier_rank AS t ON t.rank = u.rank
CROSS JOIN moment AS m
LEFT JOIN acme_account AS a ON a.uri = u.account
GROUP BY u.account, t.tier
