-- id: CT-011
-- title: Issued after retirement
-- says: A certificate for {name} ({logged}) was issued on {issued_time}, after the service {service} was
--   retired on {retired_time}.
-- subject: logged certificate and retired service
-- severity: public=high partner=high internal=medium workload=-
-- gate: observe
-- inputs: T O
-- source: catalogue F.CT; standards G.4
-- csf: ID.AM-08, RS.MI-02
-- nhi: NHI1:2025
-- missing: declaration
-- decides: declare when the service ended (`retired`)
-- remediation: Disable the account or job that ordered it, and revoke the certificate.
-- Services whose end has come; one that is retired without a date leaves nothing to compare with. A
-- name that a service in use claims as well is no subject: it has moved on.
SELECT c.id || ' ' || s.id AS subject, s.tier, s.owner,
  c.not_before <= s.retired_at AS holds,
  c.id AS logged, s.id AS service, MIN(n.name) AS name, c.not_before AS issued_time, s.retired_at AS retired_time,
  c.not_before, s.retired_at, c.issuer
FROM scope_ct_certificate AS c
CROSS JOIN moment AS m
JOIN (SELECT DISTINCT serial, issuer_organisation, name, base FROM scope_ct_name) AS n
  ON n.serial = c.serial AND n.issuer_organisation = c.issuer_organisation
JOIN service_name AS e ON e.base = n.base
JOIN service AS s ON s.id = e.service
LEFT JOIN (
  SELECT DISTINCT x.base FROM service_name AS x JOIN service AS y ON y.id = x.service CROSS JOIN moment AS z
  WHERE y.state <> 'retired' AND (y.retired_at IS NULL OR y.retired_at > z.now)
) AS used ON used.base = n.base
WHERE used.base IS NULL AND (s.state = 'retired' OR s.retired_at <= m.now)
GROUP BY c.id, s.id, s.tier, s.owner, c.not_before, s.retired_at, c.issuer
