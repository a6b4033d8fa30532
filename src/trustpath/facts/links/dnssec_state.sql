-- Whether what a name answers is secured (RFC 4035). `secure` TRUE: a validating resolver set AD for
-- it or for the apex of its zone, or its zone is signed and a DS at a secure parent that we hold
-- matches one of its keys. FALSE: its zone or one above it is unsigned or has no DS at a parent that we hold in
-- full, a validating resolver did not set AD, or it is bogus with nothing on record that links
-- it. NULL otherwise. Unsigned is a zone without DNSKEY that servers publish as it stands (zone.signed);
-- what a signing server reads has none either, and proves nothing. `bogus` TRUE when a
-- resolver failed it with a DNSSEC error (RFC 8914 codes 6 to 12), FALSE when one that validates
-- answered and none is silent, which might have failed it. What a resolver fails does not unlink a
-- zone: the two columns speak of different things.
-- A vantage that never set AD may not validate at all, so its silence says nothing.
-- index: name
WITH RECURSIVE
voice AS (
  SELECT a.name,
    MAX(CASE WHEN a.outcome = 'servfail' AND a.ede BETWEEN 6 AND 12 THEN 1 ELSE 0 END) AS bogus,
    MAX(CASE WHEN a.authenticated THEN 1 ELSE 0 END) AS secure,
    MIN(CASE WHEN a.outcome IN ('noerror', 'nodata') AND NOT a.authenticated AND k.vantage IS NOT NULL THEN 1 ELSE 0 END) AS insecure
  FROM answer AS a
  LEFT JOIN (SELECT DISTINCT vantage FROM answer WHERE authenticated AND kind = 'recursive') AS k ON k.vantage = a.vantage
  GROUP BY a.name
),
-- The top of each zone that we hold or that a cut delegates, and the apex of the zone around it.
top AS (
  SELECT t.name, p.apex AS above, z.signed, v.secure AS heard,
    CASE WHEN p.held AND d.name IS NULL THEN 0 WHEN d.linked = 1 AND z.signed = 1 THEN 1 END AS linked
  FROM (SELECT apex AS name FROM zone UNION SELECT cut FROM node WHERE cut IS NOT NULL) AS t
  JOIN domain AS u ON u.name = t.name
  LEFT JOIN node AS p ON p.name = u.parent AND p.cut IS NULL
  LEFT JOIN (
    SELECT apex, MAX(CASE WHEN signed THEN 1 WHEN NOT signed THEN 0 END) AS signed FROM zone GROUP BY apex
  ) AS z ON z.apex = t.name
  LEFT JOIN (
    SELECT s.name, MAX(CASE WHEN k.digest IS NOT NULL THEN 1 ELSE 0 END) AS linked
    FROM ds AS s
    LEFT JOIN dnskey_digest AS k ON k.name = s.name AND k.key_tag = s.key_tag
      AND k.digest_type = s.digest_type AND k.digest = s.digest
    WHERE s.type = 'DS' AND s.zone <> s.name
    GROUP BY s.name
  ) AS d ON d.name = t.name
  LEFT JOIN voice AS v ON v.name = t.name
),
state(name, secure) AS (
  SELECT t.name, CASE WHEN t.heard = 1 THEN 1 WHEN t.signed = 0 THEN 0 WHEN t.linked = 0 THEN 0 END
  FROM top AS t LEFT JOIN top AS p ON p.name = t.above WHERE p.name IS NULL
  UNION ALL
  SELECT t.name,
    CASE WHEN t.heard = 1 THEN 1 WHEN t.signed = 0 OR t.linked = 0 OR s.secure = 0 THEN 0 WHEN t.linked = 1 THEN s.secure END
  FROM state AS s JOIN top AS t ON t.above = s.name
)
SELECT n.name, n.apex,
  CASE
    WHEN v.secure = 1 THEN TRUE
    WHEN s.secure = 1 THEN TRUE
    WHEN s.secure = 0 THEN FALSE
    WHEN v.insecure = 1 THEN FALSE
    WHEN v.bogus = 1 AND COALESCE(t.linked, 0) = 0 THEN FALSE
  END AS secure,
  CASE WHEN v.bogus = 1 THEN TRUE WHEN (v.secure = 1 OR v.insecure = 1) AND w.heard = 1 THEN FALSE END AS bogus
FROM node AS n
CROSS JOIN (
  SELECT COALESCE(MIN(CASE WHEN fresh THEN 1 ELSE 0 END), 1) AS heard FROM part WHERE kind = 'resolve'
) AS w
LEFT JOIN state AS s ON s.name = COALESCE(n.cut, n.apex)
LEFT JOIN top AS t ON t.name = COALESCE(n.cut, n.apex)
LEFT JOIN voice AS v ON v.name = n.name
