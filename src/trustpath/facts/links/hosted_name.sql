-- Aliases of names of ours that pass or end at a service where a name is left to the next customer (hosting_suffix),
-- CNAME, DNAME, HTTPS and SVCB alike, unless the estate vouches for the target (alias_outside) or the target is
-- known not to exist. Each target is judged and the worst of them makes the row: one whose service does not
-- verify who takes the name before one that does. `ours` says whether the name is still ours there: FALSE
-- when every service of the name is retired or its service gave the resource back; TRUE when every address
-- behind it serves a certificate of our inventory (served_ours). That the target exists decides nothing.
-- What is retired keeps its row where the estate vouches for the target, except at an end that DANGLE-002 judges.
-- index: name
WITH nearest AS (
  SELECT c.name AS target, MIN(c.up) AS up FROM outside_climb AS c JOIN hosting_suffix AS s ON s.suffix = c.here
  WHERE c.up > 0 OR s.shared GROUP BY c.name
),
service_there AS (
  SELECT suffix, MIN(provider) AS provider, MIN(claim) AS claim, MIN(tells) AS tells,
    MAX(CASE WHEN shared THEN 1 ELSE 0 END) = 1 AS shared, MIN(CASE WHEN verified THEN 1 ELSE 0 END) = 1 AS verified
  FROM hosting_suffix GROUP BY suffix
),
judged AS (
  SELECT a.name, a.target, c.here AS suffix, o.service, o.tier, o.record_owner,
    CASE
      WHEN g.service IS NOT NULL OR o.service_state = 'retired' THEN FALSE
      WHEN b.name IS NOT NULL AND a.kind = 'alias' THEN TRUE
    END AS ours,
    CASE
      WHEN g.service IS NOT NULL THEN 'the service ' || o.service || ' gave its resource back'
      WHEN o.service_state = 'retired' THEN 'the service ' || o.service || ' is retired'
    END AS fault,
    CASE WHEN s.verified THEN 1 ELSE 0 END
      + CASE WHEN b.name IS NOT NULL AND a.kind = 'alias' THEN 2 ELSE 0 END AS rank
  FROM alias_outside AS a
  JOIN nearest AS n ON n.target = a.target
  JOIN outside_climb AS c ON c.name = a.target AND c.up = n.up
  JOIN service_there AS s ON s.suffix = c.here
  JOIN name_owner AS o ON o.name = a.name
  JOIN name_resolution AS r ON r.name = a.name
  LEFT JOIN node AS t ON t.name = a.target
  LEFT JOIN (SELECT DISTINCT service FROM retirement_step WHERE step = 'provider-resource' AND done) AS g ON g.service = o.service
  LEFT JOIN served_ours AS b ON b.name = a.name
  WHERE substr(a.name, 1, 1) <> '_' AND instr(a.name, '._') = 0
    AND COALESCE(t.present, TRUE) AND COALESCE(r.final_present, TRUE)
    AND (a.vouched IS NULL OR ((g.service IS NOT NULL OR o.service_state = 'retired')
      AND (a.kind = 'service' OR NOT a.last OR a.vouched = 'own')))
),
worst AS (SELECT name, MIN(rank) AS rank FROM judged GROUP BY name),
chosen AS (
  SELECT j.name, MIN(j.target) AS target FROM judged AS j JOIN worst AS w ON w.name = j.name AND w.rank = j.rank GROUP BY j.name
)
SELECT DISTINCT j.name, j.target, s.provider, s.claim, s.tells, s.shared, s.verified, j.service, j.tier, j.record_owner, j.ours, j.fault
FROM judged AS j
JOIN chosen AS h ON h.name = j.name AND h.target = j.target
JOIN worst AS w ON w.name = j.name AND w.rank = j.rank
JOIN service_there AS s ON s.suffix = j.suffix
