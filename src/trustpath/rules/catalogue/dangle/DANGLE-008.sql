-- id: DANGLE-008
-- title: Service record to a missing target
-- says: The {type} record of {name} leads to {target}, which has no address.
-- subject: service record and its target
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z
-- source: catalogue F.DANGLE; RFC 2782, RFC 9460 2.4
-- csf: ID.AM-08
-- missing: resolution
-- remediation: Correct the target or delete the record.
-- SRV, SVCB and HTTPS. The root as target means "no such service" (SRV, AliasMode) or the owner
-- itself (ServiceMode). AliasMode may lead to further service bindings in place of addresses.
SELECT d.name || ' ' || d.type || ' ' || d.target AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN b.name IS NOT NULL THEN TRUE ELSE r.resolves END AS holds,
  d.name, d.type, d.target, r.final AS final, r.final_present AS present
FROM (
  SELECT zone, name, 'SRV' AS type, target, 0 AS alias_mode FROM srv WHERE target <> ''
  UNION
  SELECT zone, name, type, target, MAX(CASE WHEN priority = 0 THEN 1 ELSE 0 END)
  FROM svcb WHERE target <> '' GROUP BY zone, name, type, target
) AS d
JOIN node AS n ON n.name = d.name AND n.apex = d.zone
JOIN name_owner AS o ON o.name = d.name
JOIN name_resolution AS r ON r.name = d.target
LEFT JOIN resolution AS f ON f.name = d.target AND d.alias_mode = 1
LEFT JOIN (SELECT DISTINCT zone, name, type FROM svcb) AS b
  ON b.name = f.final_source AND b.zone = f.final_apex AND b.type = d.type
WHERE n.cut IS NULL
