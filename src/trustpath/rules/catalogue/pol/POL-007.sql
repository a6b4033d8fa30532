-- id: POL-007
-- title: Change in a freeze
-- says: Change {change}, from {opens}, falls into {what}, from {starts} to {ends}.
-- subject: change and freeze or certificate in renewal
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z' P K
-- source: catalogue F.wave2; RFC 9773 4.2
-- csf: ID.RA-07, PR.PS-01
-- missing: changes
-- decides: declare when the change is made: `opens` and `closes` (changes)
-- remediation: Move the change out of the period.
-- A change is judged against each freeze that covers one of its names, and against the renewal window
-- of each served certificate for one of its names. Where the window of the change is not known, or has
-- no end, a later period may still be hit. The one that the gate judges is judged as made at once, and
-- again when it is made.
WITH RECURSIVE
dated AS (SELECT id, opens, closes FROM open_change WHERE state <> 'planned'),
climb(change, here) AS (
  SELECT c.id, '' FROM dated AS c
  UNION SELECT r.change, r.name FROM change_record AS r JOIN dated AS c ON c.id = r.change
  UNION
  SELECT change, CASE WHEN instr(here, '.') > 0 THEN substr(here, instr(here, '.') + 1) ELSE '' END
  FROM climb WHERE here <> ''
),
met AS (
  SELECT DISTINCT b.change, 'freeze ' || f.id AS what, f.starts, f.ends FROM climb AS b JOIN "freeze" AS f ON f.base = b.here
  UNION
  SELECT r.change, 'renewal of ' || n.certificate, i.starts, i.ends
  FROM change_record AS r
  JOIN certificate_name AS n ON n.name = r.name
  JOIN certificate_state AS s ON s.certificate = n.certificate AND s.live AND s.served
  JOIN (SELECT certificate, MIN(starts) AS starts, MAX(ends) AS ends FROM renewal_info GROUP BY certificate) AS i
    ON i.certificate = n.certificate
),
strictest AS (
  SELECT r.change, MIN(k.rank) AS rank, MIN(o.record_owner) AS owner
  FROM change_record AS r JOIN name_owner AS o ON o.name = r.name JOIN tier_rank AS k ON k.tier = o.tier GROUP BY r.change
)
SELECT c.id || ' ' || x.what AS subject, COALESCE(t.tier, g.default_tier, 'public') AS tier, q.owner,
  CASE
    WHEN c.opens IS NULL THEN CASE WHEN c.closes < x.starts THEN TRUE END
    WHEN c.opens <= x.ends AND COALESCE(c.closes, c.opens) >= x.starts THEN FALSE
    WHEN c.closes IS NULL AND x.starts > c.opens THEN NULL
    ELSE TRUE
  END AS holds,
  c.id AS change, x.what, c.opens, c.closes, x.starts, x.ends
FROM dated AS c
JOIN met AS x ON x.change = c.id
LEFT JOIN strictest AS q ON q.change = c.id
LEFT JOIN tier_rank AS t ON t.rank = q.rank
LEFT JOIN organisation AS g ON TRUE
