-- id: EXP-002
-- title: Certificate about to expire without a successor
-- says: The certificate {subject} expires on {not_after} and has no successor[ but {successor}, which is
--   revoked].
-- subject: leaf certificate
-- severity: public=critical partner=high internal=medium workload=high
-- gate: observe
-- inputs: C E K
-- source: catalogue F.EXP; RFC 5280 4.1.2.5
-- csf: ID.AM-08, PR.IR-04, DE.CM-09
-- nhi: NHI7:2025
-- missing: endpoints
-- remediation: Issue now; check CAA and validation first, and page the owner.
-- The window is the last tenth of the lifetime but at least seven days, or 24 hours for certificates
-- of ten days and less. A successor that is known not to be revoked ends the matter; one whose
-- revocation nobody can tell leaves it open. A certificate that is stored but not seen in service may
-- be in service where nobody looked, unless the endpoints are claimed to be complete.
SELECT c.label || ' ' || c.certificate AS subject, c.tier, c.owner,
  CASE
    WHEN c.lifetime > 864000 AND c.not_after - m.now > 604800 AND 10 * (c.not_after - m.now) > c.lifetime THEN TRUE
    WHEN c.lifetime <= 864000 AND c.not_after - m.now > 86400 THEN TRUE
    WHEN n.usable = 1 THEN TRUE
    WHEN n.certificate IS NOT NULL AND n.doubt = 1 THEN NULL
    WHEN c.names = 0 THEN NULL
    WHEN c.served OR d.certificate IS NOT NULL OR k.spki IS NOT NULL THEN FALSE
    WHEN w.closed THEN TRUE
  END AS holds,
  CASE WHEN n.doubt = 1 THEN 'revocation' WHEN c.names = 0 THEN 'certificates' ELSE 'endpoints' END AS missing,
  c.not_after, c.not_after - m.now AS remaining, n.successor
FROM scope_certificate AS c
CROSS JOIN moment AS m
LEFT JOIN (
  SELECT x.certificate, MIN(x.successor) AS successor,
    MAX(CASE WHEN r.revoked = FALSE THEN 1 ELSE 0 END) AS usable,
    MAX(CASE WHEN r.revoked IS NULL THEN 1 ELSE 0 END) AS doubt
  FROM successor AS x JOIN revocation_state AS r ON r.certificate = x.successor
  GROUP BY x.certificate
) AS n ON n.certificate = c.certificate
LEFT JOIN (SELECT DISTINCT certificate FROM deployment WHERE certificate IS NOT NULL) AS d ON d.certificate = c.certificate
LEFT JOIN (SELECT DISTINCT spki FROM deployment WHERE spki IS NOT NULL) AS k ON k.spki = c.spki
LEFT JOIN closed AS w ON w.kind = 'endpoints'
WHERE c.live AND (c.stored OR c.served)
