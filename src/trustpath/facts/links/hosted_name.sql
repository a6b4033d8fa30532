-- Aliases of hosts that pass or end at a service where a name is left to the next customer (hosting_suffix),
-- unless the estate vouches for the target (a provider or a suffix that it declares, a domain of its
-- own) or the target is known not to exist. By name one such target, the service, and whether the name
-- is still ours there (`ours`): FALSE when its service is retired or gave the resource back; TRUE when every
-- address behind it serves a certificate of our inventory for the name. That the target exists
-- decides nothing.
-- index: name
WITH nearest AS (
  SELECT c.name AS target, MIN(c.up) AS up FROM outside_climb AS c JOIN hosting_suffix AS s ON s.suffix = c.here
  WHERE c.up > 0 OR s.shared GROUP BY c.name
),
hosted AS (
  SELECT l.name, MIN(l.target) AS target FROM lent_name AS l JOIN nearest AS n ON n.target = l.target
  WHERE l.kind = 'alias' AND substr(l.name, 1, 1) <> '_' AND instr(l.name, '._') = 0
  GROUP BY l.name
),
service_there AS (
  SELECT suffix, MIN(provider) AS provider, MIN(claim) AS claim, MIN(tells) AS tells,
    MAX(CASE WHEN shared THEN 1 ELSE 0 END) = 1 AS shared, MIN(CASE WHEN verified THEN 1 ELSE 0 END) = 1 AS verified
  FROM hosting_suffix GROUP BY suffix
)
SELECT h.name, h.target, s.provider, s.claim, s.tells, s.shared, s.verified, o.service, o.tier, o.record_owner,
  CASE
    WHEN g.service IS NOT NULL OR o.service_state = 'retired' THEN FALSE
    WHEN b.ours = 1 AND b.addresses = r.addresses THEN TRUE
  END AS ours,
  CASE
    WHEN g.service IS NOT NULL THEN 'the service ' || o.service || ' gave its resource back'
    WHEN o.service_state = 'retired' THEN 'the service ' || o.service || ' is retired'
  END AS fault
FROM hosted AS h
JOIN nearest AS n ON n.target = h.target
JOIN outside_climb AS c ON c.name = h.target AND c.up = n.up
JOIN service_there AS s ON s.suffix = c.here
JOIN name_owner AS o ON o.name = h.name
JOIN name_resolution AS r ON r.name = h.name
LEFT JOIN node AS t ON t.name = h.target
LEFT JOIN (SELECT DISTINCT name FROM approved_target) AS v ON v.name = h.target
LEFT JOIN (SELECT DISTINCT service FROM retirement_step WHERE step = 'provider-resource' AND done) AS g ON g.service = o.service
LEFT JOIN (
  SELECT name, MIN(CASE WHEN covered AND stored THEN 1 ELSE 0 END) AS ours, COUNT(DISTINCT address_key) AS addresses
  FROM scope_binding GROUP BY name
) AS b ON b.name = h.name
WHERE v.name IS NULL AND COALESCE(t.present, TRUE) AND COALESCE(r.final_present, TRUE)
