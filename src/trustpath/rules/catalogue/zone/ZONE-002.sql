-- id: ZONE-002
-- title: Record is hidden behind a delegation or a DNAME
-- says: The {type} record of {name} in the zone {zone} is never answered: the {hidden_by} at {cut} hides it[ ({place})].
-- subject: zone, record name and type
-- severity: public=low partner=low internal=low workload=low
-- gate: gate
-- inputs: Z
-- source: RFC 1034 4.3.2 step 3b, RFC 2136 7.18, RFC 6672 2.4, RFC 9471
-- csf: ID.AM-03
-- missing: zones
-- remediation: Move the record to the zone that is delegated (or to the target of the DNAME), or take it away.
-- The zone holds a record that no server answers with: a delegation or a DNAME stands above it. Glue,
-- the addresses of the name servers that an NS RRset gives, belongs there. In a zone that is known in
-- part an address may be the glue of servers that nobody told us of. Records that trust depends on
-- and that the child does not hold are ZONE-001's.
SELECT c.zone || ': ' || c.name || ' ' || c.type AS subject, c.tier, c.owner,
  CASE WHEN c.glue THEN TRUE WHEN c.whole OR c.type NOT IN ('A', 'AAAA') THEN FALSE END AS holds,
  c.zone || ' below ' || c.cut AS cause, c.name, c.zone, c.cut, c.reason,
  CASE c.reason WHEN 'dname' THEN 'DNAME' ELSE c.reason END AS hidden_by, c.type, c.place, c.records, c.answered AS child_has_it
FROM scope_occluded AS c
WHERE NOT c.bearing OR c.answered
