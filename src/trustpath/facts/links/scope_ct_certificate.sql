-- Driver: certificates in the logs that name us and are not expired, one row each however many logs
-- and precertificates there are (issuer and serial identify it, RFC 5280 4.1.2.2). `id` is stable
-- text. `logged_at` is the first sight; where a search export gives none, the begin of validity.
-- Owner and tier are those of its strictest name of ours; `names` counts all our names in it.
-- index: id
SELECT l.id, l.serial, l.issuer, l.issuer_organisation, l.names, l.name, l.logged_at, l.not_before, l.not_after,
  l.final_logged, l.inventoried, l.owner, t.tier
FROM (
  SELECT c.serial || ' of ' || c.issuer_organisation AS id, c.serial, c.issuer_organisation, MIN(c.issuer) AS issuer,
    COUNT(DISTINCT c.name) AS names, MIN(c.name) AS name, MIN(COALESCE(c.logged_at, c.not_before)) AS logged_at,
    MIN(c.not_before) AS not_before, MAX(c.not_after) AS not_after,
    MAX(NOT c.precertificate) AS final_logged, MAX(c.inventoried) AS inventoried, MIN(c.owner) AS owner, MIN(k.rank) AS rank
  FROM scope_ct_name AS c
  JOIN owned_name AS o ON o.name = c.base
  JOIN tier_rank AS k ON k.tier = c.tier
  CROSS JOIN moment AS m
  WHERE c.not_after >= m.now
  GROUP BY c.serial, c.issuer_organisation
) AS l
JOIN tier_rank AS t ON t.rank = l.rank
