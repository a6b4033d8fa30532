-- Whether a certificate is revoked, three-valued (certificate_state.revoked knows only yes and "not
-- known to be"). TRUE: a list, an answer or a staple says so. FALSE: a verified list of its issuer
-- that is in force, and is the one that the certificate points to, does not name it; an OCSP answer
-- is enough only where no list is pointed to, since staples are days old. NULL: nothing says it.
-- `checkable`: the certificate tells relying parties where to ask (RFC 5280 4.2.1.13, 4.2.2.1).
-- index: certificate
SELECT c.fingerprint AS certificate,
  c.crl_url IS NOT NULL OR c.ocsp_url IS NOT NULL AS checkable,
  CASE
    WHEN r.revoked = 1 OR o.revoked = 1 THEN TRUE
    WHEN l.issuer IS NOT NULL OR g.issuer IS NOT NULL THEN FALSE
    WHEN c.crl_url IS NULL AND (r.good = 1 OR o.good = 1) THEN FALSE
  END AS revoked,
  r.revoked_at, r.reason
FROM certificate AS c
LEFT JOIN (
  SELECT v.issuer, v.serial,
    MAX(CASE WHEN v.status = 'revoked' THEN 1 ELSE 0 END) AS revoked,
    MAX(CASE WHEN v.status = 'good' AND COALESCE(v.next_update, m.now) >= m.now THEN 1 ELSE 0 END) AS good,
    MIN(CASE WHEN v.status = 'revoked' THEN v.revoked_at END) AS revoked_at,
    MIN(CASE WHEN v.status = 'revoked' THEN v.reason END) AS reason
  FROM revocation AS v CROSS JOIN moment AS m GROUP BY v.issuer, v.serial
) AS r ON r.serial = c.serial AND r.issuer = c.issuer
LEFT JOIN (
  SELECT leaf, MAX(CASE WHEN ocsp = 'revoked' THEN 1 ELSE 0 END) AS revoked,
    MAX(CASE WHEN ocsp = 'good' THEN 1 ELSE 0 END) AS good
  FROM presentation WHERE leaf IS NOT NULL GROUP BY leaf
) AS o ON o.leaf = c.fingerprint
LEFT JOIN (
  SELECT DISTINCT x.issuer, x.url FROM crl AS x CROSS JOIN moment AS m
  WHERE x.url IS NOT NULL AND x.verified AND x.next_update >= m.now
) AS l ON l.issuer = c.issuer AND l.url = c.crl_url
LEFT JOIN (
  SELECT DISTINCT x.issuer FROM crl AS x CROSS JOIN moment AS m
  WHERE x.url IS NULL AND x.verified AND x.next_update >= m.now
) AS g ON g.issuer = c.issuer
