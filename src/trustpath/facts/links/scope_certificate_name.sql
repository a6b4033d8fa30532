-- Driver: every DNS name of every leaf certificate, with the certificate's state, the name's owner
-- and tier, and what DNS knows of the name. For a wildcard the columns speak of its base.
-- index: certificate; name
SELECT n.certificate, n.name, n.base, n.wildcard, n.parent, n.registered, n.usable,
  s.label, s.live, s.revoked, s.publicly_trusted, s.ca, s.not_before, s.not_after, s.lifetime, s.spki, s.stored, s.served,
  s.owner AS certificate_owner, s.tier AS certificate_tier,
  o.service, o.service_state, o.environment, o.owner, o.record_owner, o.tier,
  d.apex, d.cut, d.held, d.present
FROM certificate_name AS n
JOIN certificate_state AS s ON s.certificate = n.certificate
JOIN name_owner AS o ON o.name = n.base
JOIN node AS d ON d.name = n.base
WHERE n.kind = 'dns' AND NOT s.is_ca
