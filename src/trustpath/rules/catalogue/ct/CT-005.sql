-- id: CT-005
-- title: Certificate transparency timestamp does not verify
-- says: The certificate {subject} of {label} has a timestamp that does not count: {fault}.
-- subject: certificate (SHA-256)
-- severity: public=high partner=medium internal=- workload=-
-- gate: observe
-- inputs: C E
-- source: catalogue F.CT; RFC 6962 3.2 and 3.3
-- csf: DE.CM-09, ID.RA-09
-- missing: ct
-- decides: give a current list of logs with their keys (ct_logs)
-- remediation: Reissue the certificate and report the CA and the log; where unknown, give a current log list as ct_logs.
-- Wrong are a signature that fails, a log that was rejected, and a time at or after the log's
-- retirement. A pass needs every embedded timestamp verified against a log of the list; what stands in
-- the way is named: a list of logs (ct_logs), the log or its key in it, or the issuer's certificate.
SELECT c.certificate AS subject, c.tier, c.owner,
  CASE WHEN MIN(t.good) = 0 THEN FALSE WHEN COUNT(t.good) = COUNT(*) THEN TRUE END AS holds,
  MIN(c.label) AS label, COUNT(DISTINCT t.log_id) AS logs,
  MIN(CASE WHEN t.good = 0 THEN t.fault END) AS fault,
  MIN(CASE WHEN t.good = 0 THEN t.log_id END) AS log, MIN(CASE WHEN t.good = 0 THEN t.operator END) AS operator,
  MIN(CASE WHEN t.good = 0 THEN t.state END) AS log_state,
  MIN(CASE WHEN t.good IS NULL THEN t.log_id END) AS unverified,
  MIN(CASE WHEN t.good IS NULL THEN t.lacking END) AS lacking
FROM scope_certificate AS c
JOIN (
  SELECT s.certificate, s.log_id, l.operator, l.state,
    CASE
      WHEN k.logs = 0 THEN 'a log list: ct_logs'
      WHEN l.log_id IS NULL THEN 'the log in ct_logs'
      WHEN NOT l.keyed THEN 'the key of the log in ct_logs'
      WHEN s.valid IS NULL THEN 'the certificate of the issuer'
      ELSE 'the time of retirement in ct_logs'
    END AS lacking,
    CASE
      WHEN s.valid = FALSE THEN 'its signature by the log ' || s.log_id || ' is wrong'
      WHEN l.state = 'rejected' THEN 'the log ' || s.log_id || ' was rejected'
      WHEN s.timestamp >= l.retired_at THEN 'the log ' || s.log_id || ' had retired before'
    END AS fault,
    CASE
      WHEN s.valid = FALSE OR l.state = 'rejected' OR s.timestamp >= l.retired_at THEN 0
      WHEN s.valid AND l.log_id IS NOT NULL AND (l.state <> 'retired' OR l.retired_at IS NOT NULL) THEN 1
    END AS good
  FROM (
    SELECT certificate, log_id, timestamp, MIN(valid) AS valid FROM certificate_timestamp GROUP BY certificate, log_id, timestamp
  ) AS s
  CROSS JOIN (SELECT COUNT(*) AS logs FROM known_log) AS k
  LEFT JOIN known_log AS l ON l.log_id = s.log_id
) AS t ON t.certificate = c.certificate
WHERE c.live
GROUP BY c.certificate, c.tier, c.owner
