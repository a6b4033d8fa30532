-- Whether what a name answers is secured (RFC 4035): `secure` TRUE when a validating resolver set
-- AD for it, or the DS of its signed zone, at a parent that we hold, matches one of its keys; FALSE
-- when its zone is unsigned, a parent that we hold has no DS for it, a validating resolver did not
-- set AD, or it is bogus with nothing on record that links it; NULL otherwise. `bogus` TRUE when a
-- resolver failed it with a DNSSEC error (RFC 8914 codes 6 to 12), FALSE when one that validates
-- answered and none is silent, which might have failed it. What a resolver fails does not unlink a zone: the two columns speak of different things.
-- A vantage that never set AD may not validate at all, so its silence says nothing.
-- index: name
SELECT n.name, n.apex,
  CASE
    WHEN v.secure = 1 THEN TRUE
    WHEN z.signed = 0 THEN FALSE
    WHEN p.held AND (d.name IS NULL OR y.signed = 0) THEN FALSE
    WHEN z.signed = 1 AND d.linked = 1 THEN TRUE
    WHEN v.insecure = 1 THEN FALSE
    WHEN v.bogus = 1 THEN FALSE
  END AS secure,
  CASE WHEN v.bogus = 1 THEN TRUE WHEN (v.secure = 1 OR v.insecure = 1) AND w.heard = 1 THEN FALSE END AS bogus
FROM node AS n
CROSS JOIN (
  SELECT COALESCE(MIN(CASE WHEN fresh THEN 1 ELSE 0 END), 1) AS heard FROM part WHERE kind = 'resolve'
) AS w
LEFT JOIN (
  SELECT apex, MAX(CASE WHEN signed THEN 1 WHEN NOT signed THEN 0 END) AS signed FROM zone GROUP BY apex
) AS z ON z.apex = n.apex AND n.cut IS NULL
LEFT JOIN domain AS u ON u.name = COALESCE(n.cut, n.apex)
LEFT JOIN node AS p ON p.name = u.parent
LEFT JOIN (
  SELECT apex, MAX(CASE WHEN signed THEN 1 WHEN NOT signed THEN 0 END) AS signed FROM zone GROUP BY apex
) AS y ON y.apex = p.apex
LEFT JOIN (
  SELECT s.name, MAX(CASE WHEN k.digest IS NOT NULL THEN 1 ELSE 0 END) AS linked
  FROM ds AS s
  LEFT JOIN dnskey_digest AS k ON k.name = s.name AND k.key_tag = s.key_tag
    AND k.digest_type = s.digest_type AND k.digest = s.digest
  WHERE s.type = 'DS' AND s.zone <> s.name
  GROUP BY s.name
) AS d ON d.name = COALESCE(n.cut, n.apex)
LEFT JOIN (
  SELECT a.name,
    MAX(CASE WHEN a.outcome = 'servfail' AND a.ede BETWEEN 6 AND 12 THEN 1 ELSE 0 END) AS bogus,
    MAX(CASE WHEN a.authenticated THEN 1 ELSE 0 END) AS secure,
    MIN(CASE WHEN a.outcome IN ('noerror', 'nodata') AND NOT a.authenticated AND k.vantage IS NOT NULL THEN 1 ELSE 0 END) AS insecure
  FROM answer AS a
  LEFT JOIN (SELECT DISTINCT vantage FROM answer WHERE authenticated AND kind = 'recursive') AS k ON k.vantage = a.vantage
  GROUP BY a.name
) AS v ON v.name = n.name
