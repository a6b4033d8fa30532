-- id: ZONE-001
-- title: Record that trust depends on is hidden behind a delegation or a DNAME
-- says: The {type} record of {name} in the zone {zone} is never answered: the {hidden_by} at {cut} hides it[ ({place})].
-- subject: zone, record name and type
-- severity: public=high partner=high internal=medium workload=low
-- gate: gate
-- inputs: Z
-- source: RFC 1034 4.3.2 step 3b, RFC 2136 7.18, RFC 6672 2.4
-- csf: ID.AM-03, PR.PS-01
-- missing: zones
-- remediation: Move the record to the zone that is delegated (or to the target of the DNAME), or take it away.
-- Nobody is ever answered with it: servers refer to the child zone, or follow the DNAME. So a CAA
-- restricts nobody, a TLSA binds nothing, an MX gets no mail, and a CA does not find the validation
-- value at the next renewal. Records that the child holds as well are ZONE-002's. In a zone that is
-- known in part there may be cuts that nobody told us of.
SELECT v.zone || ': ' || v.name || ' ' || v.type AS subject, v.tier, v.owner,
  CASE WHEN MAX(v.hidden) = 1 THEN FALSE WHEN MIN(v.whole) = 1 THEN TRUE END AS holds,
  v.zone || ' below ' || MIN(v.cut) AS cause, v.name, v.zone, MIN(v.cut) AS cut, MIN(v.reason) AS reason,
  CASE MIN(v.reason) WHEN 'dname' THEN 'DNAME' ELSE MIN(v.reason) END AS hidden_by, v.type, MIN(v.place) AS place,
  MAX(v.records) AS records, MIN(v.validation) AS scheme
FROM (
  SELECT c.zone, c.name, c.type, c.tier, c.owner, 1 AS hidden, 1 AS whole, c.cut, c.reason, c.place, c.records, c.validation
  FROM scope_occluded AS c WHERE c.bearing AND NOT c.answered
  UNION ALL
  SELECT r.zone, r.name, r.type, o.tier, o.record_owner, 0, CASE WHEN n.held THEN 1 ELSE 0 END, CAST(NULL AS TEXT),
    CAST(NULL AS TEXT), CAST(NULL AS TEXT), CAST(NULL AS BIGINT), CAST(NULL AS TEXT)
  FROM (
    SELECT zone, name, type FROM rrset WHERE type IN ('CAA', 'TLSA', 'MX')
    UNION SELECT zone, name, type FROM validation_name
  ) AS r
  JOIN node AS n ON n.name = r.name AND n.apex = r.zone
  JOIN name_owner AS o ON o.name = r.name
) AS v
GROUP BY v.zone, v.name, v.type, v.tier, v.owner
