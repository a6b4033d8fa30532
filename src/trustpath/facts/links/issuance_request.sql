-- What may be asked of a CA next: every name of an active renewal job, and every DNS name of a
-- live leaf certificate whose CA is known, with the account and method of a job for the same name
-- and CA where there is one (NULL: not known). `checks_caa` says whether the CA looks at CAA before
-- it issues, NULL where nobody says so of a private CA; every other CA has to (BR 4.2.2.1).
-- index: name; kind, id
SELECT 'job' AS kind, j.id, n.name, n.base, n.wildcard, j.ca, j.account, j.method, j.tier, j.job_owner AS owner,
  CASE WHEN a.id IS NULL THEN TRUE ELSE a.checks_caa END AS checks_caa
FROM job_state AS j JOIN job_name AS n ON n.job = j.id
LEFT JOIN ca AS a ON a.id = j.ca
WHERE j.active
UNION ALL
SELECT 'certificate', c.fingerprint, n.name, n.base, n.wildcard, s.ca, k.account, k.method, s.tier, s.owner,
  CASE
    WHEN s.publicly_issued THEN TRUE
    WHEN a.id IS NOT NULL AND (a.public = FALSE OR s.publicly_issued IS NULL) THEN a.checks_caa
    ELSE FALSE END
FROM certificate_name AS n
JOIN certificate AS c ON c.fingerprint = n.certificate
JOIN certificate_state AS s ON s.certificate = n.certificate
LEFT JOIN (
  SELECT jn.name, j.ca, MIN(j.account) AS account, MIN(j.method) AS method
  FROM job_name AS jn JOIN job AS j ON j.id = jn.job WHERE j.active GROUP BY jn.name, j.ca
) AS k ON k.name = n.name AND k.ca = s.ca
LEFT JOIN ca AS a ON a.id = s.ca
WHERE n.kind = 'dns' AND n.usable AND s.live AND NOT s.is_ca
