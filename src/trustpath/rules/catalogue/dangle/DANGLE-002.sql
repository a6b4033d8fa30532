-- id: DANGLE-002
-- title: Alias to a provider resource that was given back
-- says: {subject} leads to {final}, but {fault}; another customer of the provider may take it.
-- subject: name that is an alias
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z V O E
-- source: catalogue F.DANGLE; standards G.4 item 9
-- csf: ID.AM-04, ID.RA-01, DE.CM-06
-- nhi: NHI1:2025, NHI3:2025
-- missing: endpoints
-- remediation: Delete the alias; if the resource is still wanted, claim it again first.
-- Applies to aliases that end outside, at a provider or suffix that the estate declares. FALSE when
-- every service of the name is retired, or the service's checklist says that the resource was released: then any tenant may have it. TRUE
-- when every address behind the alias serves a certificate of our inventory for the name, whose key
-- only we hold. That the end exists proves neither, so everything else is unknown. An alias that a
-- change is about to make to an end that exists is no subject yet: whoever makes it has just made the
-- end, and what is served there for the name can be seen only afterwards. Keys of mail (_domainkey) are
-- DANGLE-001's.
SELECT a.name AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN MAX(CASE WHEN s.service IS NOT NULL OR o.service_state = 'retired' THEN 1 ELSE 0 END) = 1 THEN FALSE
    WHEN MIN(CASE WHEN b.name IS NOT NULL AND a.type <> 'DNAME' THEN 1 ELSE 0 END) = 1 THEN TRUE
  END AS holds,
  MIN(a.target) AS target, MIN(a.final) AS final, MIN(o.service) AS service,
  CASE
    WHEN MIN(s.service) IS NOT NULL THEN 'the service ' || MIN(o.service) || ' gave its resource back'
    WHEN MIN(o.service_state) = 'retired' THEN 'the service ' || MIN(o.service) || ' is retired'
  END AS fault
FROM alias_end AS a
JOIN name_owner AS o ON o.name = a.name
JOIN (SELECT DISTINCT name, target FROM alias_outside WHERE last AND kind <> 'service' AND vouched <> 'own') AS p ON p.name = a.name AND p.target = a.final
LEFT JOIN (SELECT DISTINCT service FROM retirement_step WHERE step = 'provider-resource' AND done) AS s ON s.service = o.service
LEFT JOIN served_ours AS b ON b.name = a.name
LEFT JOIN (
  SELECT DISTINCT r.name
  FROM open_change AS c JOIN change_record AS r ON r.change = c.id
  WHERE r.action = 'add' AND r.type IN ('CNAME', 'DNAME', 'ALIAS', 'ANAME') AND c.made
) AS m ON m.name = a.name
WHERE NOT a.final_held AND substr(a.name, 1, 1) <> '_' AND instr(a.name, '._') = 0
  AND (m.name IS NULL OR a.final_present IS NOT TRUE OR s.service IS NOT NULL OR o.service_state = 'retired')
GROUP BY a.name, o.tier, o.record_owner
