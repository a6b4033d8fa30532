-- may: authenticate
-- kind: certificate
-- ends by: revoke it, or destroy the key with proof
SELECT DISTINCT s.label || ' by ' || COALESCE(s.ca, c.issuer) || ' (' || substr(s.certificate, 1, 16) || ')'
    || CASE WHEN s.served THEN ', served' ELSE '' END || CASE WHEN s.stored THEN ', stored' ELSE '' END,
  s.not_after, s.owner, FALSE, v.revoked IS NOT NULL
FROM certificate_name AS n
JOIN certificate_state AS s ON s.certificate = n.certificate
JOIN certificate AS c ON c.fingerprint = s.certificate
LEFT JOIN revocation_state AS v ON v.certificate = s.certificate
WHERE s.live AND NOT s.is_ca AND n.kind = 'dns' AND n.usable AND n.name IN ({covering})
