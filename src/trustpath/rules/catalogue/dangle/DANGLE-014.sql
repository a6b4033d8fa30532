-- id: DANGLE-014
-- title: Name of a retired service is still served
-- says: {name} of the retired service {service} still leads to {address}, where TLS is still answered[ with
--   the certificate {certificate}].
-- asks: Nobody looked whether anything still answers for {name} of the retired service {service}[, which leads
--   to {address}].
-- subject: service and name
-- severity: public=high partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z O E
-- source: catalogue F.DANGLE; standards G.4
-- csf: ID.AM-08, GV.SC-10, DE.CM-06
-- nhi: NHI1:2025
-- missing: endpoints
-- remediation: Take the record away first, wait one old TTL, then stop what answers and give the resource back.
-- A name that another service, which is in use, declares as well is none of the retired one's. TRUE when
-- a zone that we hold whole says that the name leads nowhere: no address, and no HTTPS or SVCB that leads further. A wildcard name stands for
-- every name that it answers for. FALSE when somebody looked since and was answered: the name is
-- trusted still, and nobody answers for it. Where nobody looked, it is unknown.
SELECT s.service || ' ' || s.name AS subject, o.tier, COALESCE(v.owner, o.record_owner) AS owner,
  CASE
    WHEN r.resolves AND b.answered = 1 THEN FALSE
    WHEN r.resolves = FALSE AND h.name IS NULL AND z.held THEN TRUE
  END AS holds,
  s.name, s.service, r.address, r.final, b.certificate,
  CASE WHEN r.resolves OR h.name IS NOT NULL THEN 'endpoints' ELSE 'resolution' END AS missing
FROM (SELECT DISTINCT service, name FROM service_name) AS s
JOIN service AS v ON v.id = s.service AND v.state = 'retired'
JOIN name_owner AS o ON o.name = s.name
JOIN name_resolution AS r ON r.name = s.name
LEFT JOIN (
  SELECT name, MAX(CASE WHEN leaf IS NOT NULL THEN 1 ELSE 0 END) AS answered, MIN(leaf) AS certificate FROM (
    SELECT name, leaf FROM binding
    UNION ALL SELECT n.source, b.leaf FROM binding AS b JOIN node AS n ON n.name = b.name WHERE n.synthesised
  ) AS seen GROUP BY name
) AS b ON b.name = s.name
LEFT JOIN node AS f ON f.name = r.final
JOIN node AS z ON z.name = s.name
LEFT JOIN (SELECT DISTINCT name, zone FROM rrset WHERE type IN ('HTTPS', 'SVCB')) AS h ON h.name = f.source AND h.zone = f.apex
LEFT JOIN (
  SELECT DISTINCT n.name FROM service_name AS n JOIN service AS y ON y.id = n.service WHERE y.state <> 'retired'
) AS used ON used.name = s.name
WHERE used.name IS NULL
