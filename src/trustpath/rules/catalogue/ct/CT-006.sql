-- id: CT-006
-- title: Internal name made public
-- says: {subject}, a name of the {tier} service {service}, is public in certificate transparency[, in the log
--   {log}][, by the certificate {certificate}].
-- subject: name of a service that is not public
-- severity: public=- partner=medium internal=medium workload=low
-- gate: gate
-- inputs: T O C
-- source: catalogue F.CT
-- csf: PR.DS-02, ID.RA-01
-- nhi: NHI8:2025
-- missing: complete
-- remediation: Use a private CA or a wildcard at an agreed level; what is logged stays logged, so accept or rename.
-- A name is public once a log has it, expired or not, and a timestamp embedded in a certificate proves
-- that a log has it even where no log is followed. A wildcard shows only its base. That a name is in no
-- log can be said only when the logs are claimed to be complete.
SELECT s.name AS subject, s.tier, s.owner,
  CASE WHEN l.name IS NOT NULL OR e.name IS NOT NULL THEN FALSE WHEN w.closed AND x.closed THEN TRUE END AS holds,
  s.service, l.log, l.entry, e.certificate
FROM (
  SELECT DISTINCT v.name, o.service, o.tier, o.owner
  FROM (SELECT name FROM service_name WHERE NOT wildcard UNION SELECT name FROM ct_name WHERE NOT wildcard) AS v
  JOIN name_owner AS o ON o.name = v.name
  WHERE o.service IS NOT NULL AND o.tier <> 'public'
) AS s
LEFT JOIN (SELECT name, MIN(log) AS log, MIN(entry) AS entry FROM ct_name WHERE NOT wildcard GROUP BY name) AS l ON l.name = s.name
LEFT JOIN (
  SELECT n.name, MIN(n.certificate) AS certificate
  FROM certificate_name AS n JOIN certificate AS c ON c.fingerprint = n.certificate
  WHERE n.kind = 'dns' AND NOT n.wildcard AND c.timestamps > 0
  GROUP BY n.name
) AS e ON e.name = s.name
LEFT JOIN closed AS w ON w.kind = 'ct'
LEFT JOIN closed AS x ON x.kind = 'certificates'
