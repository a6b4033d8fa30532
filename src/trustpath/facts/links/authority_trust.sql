-- Whether a path from a certificate ends at a public root, also for CA certificates: by its own path,
-- else by those of the certificates it issued, for what a public root leads to is public.
-- FALSE only when its own path says so, or every path through it.
-- index: certificate
SELECT c.fingerprint AS certificate, c.is_ca,
  CASE
    WHEN MAX(s.public) = 1 THEN TRUE
    WHEN MIN(s.public) = 0 AND COUNT(s.public) = COUNT(*) THEN FALSE
  END AS publicly_issued
FROM certificate AS c
LEFT JOIN (
  SELECT certificate, CASE WHEN publicly_issued THEN 1 WHEN NOT publicly_issued THEN 0 END AS public FROM certificate_path
  UNION
  SELECT issuer_certificate, CASE WHEN publicly_issued THEN 1 WHEN NOT publicly_issued THEN 0 END FROM certificate_path
  WHERE issuer_certificate IS NOT NULL
  UNION
  SELECT root, CASE WHEN publicly_issued THEN 1 WHEN NOT publicly_issued THEN 0 END FROM certificate_path
  WHERE root IS NOT NULL
) AS s ON s.certificate = c.fingerprint
GROUP BY c.fingerprint, c.is_ca
