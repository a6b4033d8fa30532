-- id: CT-004
-- title: Too few certificate transparency timestamps
-- says: The certificate {subject} of {label} has {fault}; with a lifetime of {lifetime} it needs {needed} logs
--   of two operators.
-- subject: certificate (SHA-256)
-- severity: public=high partner=medium internal=- workload=-
-- gate: gate
-- inputs: C E
-- source: catalogue F.CT; standards D.8 (Chrome CT policy), RFC 6962 3.3
-- csf: PR.PS-01, GV.OC-03
-- missing: ct
-- decides: give a list of logs (ct_logs)
-- remediation: Reissue; a certificate of more than 180 days needs timestamps of three logs, of two operators.
-- Embedded timestamps of distinct logs: two up to a lifetime of 180 days, else three; of at least two
-- operators; one of them from a log that is not retired. A retired log counts when it signed before
-- it retired, a rejected or pending one never, a timestamp with a bad signature neither. Too few are
-- too few without any list; that enough of them count is known only with a list of logs.
SELECT c.certificate AS subject, c.tier, c.owner,
  CASE
    WHEN c.publicly_issued IS NULL OR (c.timestamps > 0 AND s.logs IS NULL) THEN NULL
    WHEN COALESCE(s.logs, 0) < CASE WHEN c.lifetime <= 15552000 THEN 2 ELSE 3 END THEN FALSE
    WHEN k.logs = 0 THEN NULL
    ELSE s.counted >= CASE WHEN c.lifetime <= 15552000 THEN 2 ELSE 3 END AND s.operators >= 2 AND s.standing >= 1
  END AS holds,
  CASE
    WHEN c.publicly_issued IS NULL OR (c.timestamps > 0 AND s.logs IS NULL) THEN NULL
    WHEN COALESCE(s.logs, 0) < CASE WHEN c.lifetime <= 15552000 THEN 2 ELSE 3 END THEN 'timestamps of too few logs'
    WHEN k.logs = 0 THEN NULL
    WHEN s.counted < CASE WHEN c.lifetime <= 15552000 THEN 2 ELSE 3 END THEN 'timestamps of too few logs that count'
    WHEN s.operators < 2 THEN 'timestamps of one operator only'
    WHEN s.standing < 1 THEN 'timestamps of retired logs only'
  END AS fault,
  CASE WHEN c.lifetime <= 15552000 THEN 2 ELSE 3 END AS needed,
  c.label, c.lifetime, COALESCE(s.logs, 0) AS logs, s.counted, s.operators, s.standing
FROM scope_certificate AS c
LEFT JOIN (SELECT COUNT(*) AS logs FROM known_log) AS k ON TRUE
LEFT JOIN (
  SELECT t.certificate, COUNT(*) AS logs,
    COUNT(CASE WHEN l.counts = 1 THEN 1 END) AS counted,
    COUNT(DISTINCT CASE WHEN l.counts = 1 THEN l.operator END) AS operators,
    COUNT(CASE WHEN l.standing = 1 THEN 1 END) AS standing
  FROM (SELECT DISTINCT certificate, log_id FROM certificate_timestamp) AS t
  LEFT JOIN (
    SELECT t2.certificate, t2.log_id, MIN(k2.operator) AS operator,
      MIN(CASE WHEN k2.state IN ('usable', 'qualified', 'readonly') THEN 1
        WHEN k2.state = 'retired' AND t2.timestamp < k2.retired_at THEN 1 ELSE 0 END) AS counts,
      MIN(CASE WHEN k2.state IN ('usable', 'qualified', 'readonly') THEN 1 ELSE 0 END) AS standing
    FROM certificate_timestamp AS t2 JOIN known_log AS k2 ON k2.log_id = t2.log_id
    GROUP BY t2.certificate, t2.log_id
    HAVING MIN(CASE WHEN t2.valid = FALSE THEN 0 ELSE 1 END) = 1
  ) AS l ON l.certificate = t.certificate AND l.log_id = t.log_id
  GROUP BY t.certificate
) AS s ON s.certificate = c.certificate
WHERE c.live AND COALESCE(c.publicly_issued, c.timestamps > 0)
