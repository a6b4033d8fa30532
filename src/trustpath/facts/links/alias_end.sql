-- Every alias record and where it leads in the end: CNAME, DNAME, provider aliases of zones, and
-- what live answers say of service names whose zone is not ours. `final_present` is three-valued:
-- FALSE for a name that is proven absent and for a chain that never ends. For a DNAME it speaks of the
-- target, since nothing exists below a name that does not exist (RFC 8020). Records of a
-- zone around one that we hold as well are left out.
-- index: name; final
SELECT DISTINCT d.name, d.type, d.target, r.final, r.looped, r.final_present, r.final_held, FALSE AS live
FROM rdata AS d
JOIN node AS n ON n.name = d.name AND n.apex = d.zone
JOIN resolution AS r ON r.name = d.target
WHERE d.type IN ('CNAME', 'DNAME', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS') AND n.cut IS NULL
UNION
SELECT a.owner, 'CNAME', a.target, r.final, r.looped, r.final_present, r.final_held, TRUE
FROM answer_alias AS a
JOIN service_name AS s ON s.name = a.owner
JOIN node AS n ON n.name = a.owner
JOIN resolution AS r ON r.name = a.target
WHERE NOT n.held AND n.source IS NULL
