-- Driver: every DNS name of every leaf certificate, with the certificate's state, the name's owner
-- and tier, and what DNS knows of the name. For a wildcard the columns speak of its base, but for a
-- service that claims the wildcard itself. `claim` is who answers for the name in certificates by a
-- statement of his own, without falling back on the owner of record or zone as `owner` does.
-- index: certificate; name
SELECT n.certificate, n.name, n.base, n.wildcard, n.parent, n.registered, n.usable,
  s.label, s.live, s.revoked, s.publicly_issued, s.ca, s.not_before, s.not_after, s.lifetime, s.spki, s.stored, s.served,
  s.owner AS certificate_owner, s.tier AS certificate_tier,
  COALESCE(w.service, o.service) AS service,
  CASE WHEN w.service IS NOT NULL THEN w.state ELSE o.service_state END AS service_state,
  CASE WHEN w.service IS NOT NULL THEN w.environment ELSE o.environment END AS environment,
  COALESCE(d.name_owner, w.owner, o.owner) AS owner, o.record_owner,
  COALESCE(o.certificate_owner, d.name_owner, w.owner, CASE WHEN o.service IS NOT NULL THEN o.owner END) AS claim,
  COALESCE(w.tier, o.tier) AS tier,
  d.apex, d.cut, d.held, d.present
FROM certificate_name AS n
JOIN certificate_state AS s ON s.certificate = n.certificate
JOIN name_owner AS o ON o.name = n.base
JOIN node AS d ON d.name = n.base
LEFT JOIN wildcard_claim AS w ON w.name = n.name
WHERE n.kind = 'dns' AND NOT s.is_ca
