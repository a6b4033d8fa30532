-- may: authenticate
-- kind: shared key
-- ends by: replace the other certificate's key
SELECT DISTINCT 'the key of ' || a.label || ' is also in ' || b.label || ' (' || substr(b.certificate, 1, 16) || ')',
  b.not_after, b.owner, FALSE, TRUE
FROM certificate_name AS n
JOIN certificate_state AS a ON a.certificate = n.certificate
JOIN certificate_state AS b ON b.spki = a.spki AND b.certificate <> a.certificate
WHERE b.live AND n.kind = 'dns' AND n.name IN ({covering})
