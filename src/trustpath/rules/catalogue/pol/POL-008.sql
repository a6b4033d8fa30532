-- id: POL-008
-- title: No way back stored with a change
-- says: Change {subject}[ by {author}] stores no way back.
-- subject: change
-- severity: public=high partner=high internal=medium workload=low
-- gate: gate
-- inputs: Z' H
-- source: catalogue F.POL
-- csf: PR.IR-03, RC.RP-01, PR.DS-11
-- missing: changes
-- decides: declare whether a way back is stored: `inverse` (changes)
-- remediation: Store the compensating change and let it be judged with the change.
-- Whether the way back would break a rule itself is judged by the change gate, which evaluates both
-- directions; here the stored inverse is what counts.
SELECT c.id AS subject, COALESCE(t.tier, g.default_tier, 'public') AS tier, q.owner,
  c.inverse AS holds, c.state, c.author
FROM open_change AS c
LEFT JOIN (
  SELECT r.change, MIN(k.rank) AS rank, MIN(o.record_owner) AS owner
  FROM change_record AS r JOIN name_owner AS o ON o.name = r.name JOIN tier_rank AS k ON k.tier = o.tier GROUP BY r.change
) AS q ON q.change = c.id
LEFT JOIN tier_rank AS t ON t.rank = q.rank
LEFT JOIN organisation AS g ON TRUE
WHERE c.state <> 'planned'
