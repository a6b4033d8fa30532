-- Every CAA RRset against the one that would be relevant if it were not there: the relevant set of
-- its parent. `above` NULL with `known`: there is none. `looser`: it permits somebody whom `above`
-- does not; `fallback_looser`: without it somebody could issue who cannot now. Both over host and
-- wildcard requests, by issuer domain name; NULL when the climb is not known or CAs may differ on
-- whether a set forbids.
-- index: owner
WITH pair AS (
  SELECT c.owner, p.wildcard, p.restricted, p.shut, p.doubt, v.owner AS above, v.known,
    a.restricted AS above_restricted, a.shut AS above_shut, a.doubt AS above_doubt
  FROM (SELECT DISTINCT name AS owner FROM caa_record) AS c
  JOIN caa_policy AS p ON p.owner = c.owner
  JOIN domain AS d ON d.name = c.owner
  JOIN caa_relevant AS v ON v.name = d.parent
  LEFT JOIN caa_policy AS a ON a.owner = v.owner AND a.wildcard = p.wildcard
),
here AS (
  SELECT p.owner, MIN(i.issuer) AS issuer
  FROM pair AS p
  JOIN caa_issuer AS i ON i.owner = p.owner AND i.wildcard = p.wildcard
  LEFT JOIN caa_issuer AS x ON x.owner = p.above AND x.wildcard = p.wildcard AND x.issuer = i.issuer AND x.sure >= i.sure
  WHERE p.above_restricted AND x.issuer IS NULL
  GROUP BY p.owner
),
beyond AS (
  SELECT p.owner, MIN(i.issuer) AS issuer
  FROM pair AS p
  JOIN caa_issuer AS i ON i.owner = p.above AND i.wildcard = p.wildcard
  LEFT JOIN caa_issuer AS x ON x.owner = p.owner AND x.wildcard = p.wildcard AND x.issuer = i.issuer AND x.sure >= i.sure
  WHERE p.restricted AND x.issuer IS NULL
  GROUP BY p.owner
)
SELECT p.owner, p.above, p.known, h.issuer AS added_issuer, b.issuer AS fallback_issuer,
  CASE WHEN p.known AND MAX(CASE WHEN p.doubt IS NULL AND p.above_doubt IS NULL THEN 0 ELSE 1 END) = 0 THEN MAX(CASE
    WHEN p.above IS NULL OR p.shut THEN FALSE
    WHEN p.above_shut THEN TRUE
    WHEN NOT p.above_restricted THEN FALSE
    WHEN NOT p.restricted THEN TRUE
    ELSE h.issuer IS NOT NULL END) END AS looser,
  CASE WHEN p.known AND MAX(CASE WHEN p.doubt IS NULL AND p.above_doubt IS NULL THEN 0 ELSE 1 END) = 0 THEN MAX(CASE
    WHEN p.above_shut THEN FALSE
    WHEN p.above IS NULL OR NOT p.above_restricted THEN p.restricted OR p.shut
    WHEN p.shut THEN TRUE
    WHEN NOT p.restricted THEN FALSE
    ELSE b.issuer IS NOT NULL END) END AS fallback_looser
FROM pair AS p
LEFT JOIN here AS h ON h.owner = p.owner
LEFT JOIN beyond AS b ON b.owner = p.owner
GROUP BY p.owner, p.above, p.known, h.issuer, b.issuer
