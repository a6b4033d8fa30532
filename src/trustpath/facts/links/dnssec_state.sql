-- Whether what a name answers is secured (RFC 4035): `secure` TRUE when a validating resolver set
-- AD for it, or a signed zone's DS at a held parent matches one of its keys; FALSE when its zone is
-- unsigned or a held parent has no DS for it; NULL otherwise. `bogus` when a validating resolver
-- failed it with a DNSSEC error (RFC 8914 codes 6 to 12).
-- index: name
SELECT n.name, n.apex,
  CASE
    WHEN v.bogus = 1 THEN FALSE
    WHEN v.secure = 1 THEN TRUE
    WHEN z.signed = 0 THEN FALSE
    WHEN z.signed = 1 AND d.linked = 1 THEN TRUE
    WHEN z.signed = 1 AND p.held AND d.linked IS NULL THEN FALSE
    WHEN v.insecure = 1 THEN FALSE
  END AS secure,
  CASE WHEN v.bogus = 1 THEN TRUE WHEN v.secure = 1 OR v.insecure = 1 THEN FALSE WHEN z.signed = 0 THEN FALSE END AS bogus
FROM node AS n
LEFT JOIN (
  SELECT apex, MAX(CASE WHEN signed THEN 1 WHEN NOT signed THEN 0 END) AS signed FROM zone GROUP BY apex
) AS z ON z.apex = n.apex
LEFT JOIN domain AS u ON u.name = n.apex
LEFT JOIN node AS p ON p.name = u.parent
LEFT JOIN (
  SELECT s.name, MAX(CASE WHEN k.digest IS NOT NULL THEN 1 ELSE 0 END) AS linked
  FROM ds AS s
  LEFT JOIN dnskey_digest AS k ON k.name = s.name AND k.key_tag = s.key_tag
    AND k.digest_type = s.digest_type AND k.digest = s.digest
  WHERE s.type = 'DS'
  GROUP BY s.name
) AS d ON d.name = n.apex
LEFT JOIN (
  SELECT name,
    MAX(CASE WHEN outcome = 'servfail' AND ede BETWEEN 6 AND 12 THEN 1 ELSE 0 END) AS bogus,
    MAX(CASE WHEN authenticated THEN 1 ELSE 0 END) AS secure,
    MIN(CASE WHEN outcome IN ('noerror', 'nodata') AND NOT authenticated AND kind = 'recursive' THEN 1 ELSE 0 END) AS insecure
  FROM answer GROUP BY name
) AS v ON v.name = n.name
