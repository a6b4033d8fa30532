-- id: REV-005
-- title: Valid certificate of a retired service
-- says: The service {subject} is retired, but certificates for its names are valid still ({certificates}), such
--   as {certificate}; the last one ends on {not_after}.
-- subject: retired service
-- severity: public=medium partner=medium internal=medium workload=low
-- gate: gate
-- inputs: C O
-- source: catalogue F.REV; catalogue G.4
-- csf: ID.AM-08
-- nhi: NHI1:2025
-- missing: complete
-- remediation: Have the certificate revoked, or destroy its key and record that.
-- Certificates that name a name of the service itself count; a wildcard above it does not, since it is
-- not the service's. A certificate that ends within seven days may lapse, and a recorded step
-- 'certificate' of the retirement is accepted.
SELECT s.id AS subject, s.tier, s.owner,
  CASE
    WHEN d.done THEN TRUE
    WHEN c.certificates > 0 THEN FALSE
    WHEN w.closed THEN TRUE
  END AS holds,
  c.certificates, c.example AS certificate, c.not_after
FROM service AS s
LEFT JOIN (
  SELECT service, MIN(done) AS done FROM retirement_step WHERE step = 'certificate' GROUP BY service
) AS d ON d.service = s.id
LEFT JOIN (
  SELECT x.service, COUNT(DISTINCT k.certificate) AS certificates, MIN(k.certificate) AS example,
    MAX(k.not_after) AS not_after
  FROM service_name AS x
  JOIN certificate_name AS n ON n.name = x.name AND n.kind = 'dns'
  JOIN certificate_state AS k ON k.certificate = n.certificate
  CROSS JOIN moment AS m
  WHERE k.live AND NOT k.is_ca AND k.not_after > m.now + 604800
  GROUP BY x.service
) AS c ON c.service = s.id
LEFT JOIN closed AS w ON w.kind = 'certificates'
WHERE s.state = 'retired'
