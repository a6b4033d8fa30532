-- id: CHAIN-004
-- title: Client authentication depends on a public CA
-- says: [The client certificate {certificate} of {label} comes from a public CA, {issuer}][The service
--   {service} and its consumer {consumer} authenticate clients by a public CA (pin {pin})].
-- subject: client certificate, or service and consumer
-- severity: public=high partner=high internal=high workload=high
-- gate: gate
-- inputs: E C O
-- source: catalogue F.CHAIN; standards D.8
-- csf: PR.AA-03, GV.SC-07
-- nhi: NHI4:2025, NHI6:2025
-- missing: declaration
-- decides: declare what the consumer trusts: `pin` (services.consumers)
-- remediation: Move clients to a private CA; public CAs stop issuing for client authentication.
-- A leaf is a client credential when it is for client authentication alone or when a declared
-- workload goes by its subject or URI. The trust list of mutual TLS is what the consumer is
-- declared to pin; a consumer of which no pin is declared may trust anybody. A pin of a leaf's key
-- trusts that key and no CA.
SELECT c.certificate AS subject, c.tier, c.owner,
  NOT c.publicly_issued AS holds, c.certificate, c.label, c.issuer, c.ca, CAST(NULL AS TEXT) AS service,
  CAST(NULL AS TEXT) AS consumer, CAST(NULL AS TEXT) AS pin, 'roots' AS missing
FROM scope_certificate AS c
LEFT JOIN (
  SELECT n.certificate FROM certificate_name AS n JOIN workload AS w ON w.identity = n.name WHERE n.kind = 'uri'
  UNION
  SELECT x.fingerprint FROM certificate AS x JOIN workload AS w ON w.identity = x.subject
) AS u ON u.certificate = c.certificate
WHERE c.live AND (u.certificate IS NOT NULL OR (c.eku AND c.client_auth AND NOT c.server_auth AND NOT c.other_eku))
UNION ALL
SELECT s.id || ' ' || k.consumer, s.tier, s.owner,
  CASE
    WHEN MAX(CASE WHEN k.pin_kind IN ('issuer', 'root') AND a.publicly_issued = TRUE THEN 1 ELSE 0 END) = 1 THEN FALSE
    WHEN MIN(CASE WHEN k.pin_kind = 'spki' AND a.leaf = 1 THEN 1 WHEN a.publicly_issued = FALSE THEN 1 ELSE 0 END) = 1 THEN TRUE
  END,
  CAST(NULL AS TEXT), CAST(NULL AS TEXT), MIN(a.subject), CAST(NULL AS TEXT), s.id, k.consumer,
  COALESCE(MIN(CASE WHEN a.publicly_issued = TRUE THEN k.pin END), MIN(k.pin)),
  CASE WHEN COUNT(k.pin) = 0 THEN 'declaration' ELSE 'roots' END
FROM consumer AS k
JOIN service AS s ON s.id = k.service
LEFT JOIN (
  SELECT pin, MIN(subject) AS subject, MIN(leaf) AS leaf,
    CASE WHEN MAX(public) = 1 THEN TRUE WHEN MIN(public) = 0 AND COUNT(public) = COUNT(*) THEN FALSE END AS publicly_issued
  FROM (
    SELECT c.fingerprint AS pin, c.subject, CASE WHEN c.is_ca THEN 0 ELSE 1 END AS leaf,
      CASE WHEN t.publicly_issued THEN 1 WHEN NOT t.publicly_issued THEN 0 END AS public
    FROM certificate AS c JOIN authority_trust AS t ON t.certificate = c.fingerprint
    UNION
    SELECT c.spki, c.subject, CASE WHEN c.is_ca THEN 0 ELSE 1 END,
      CASE WHEN t.publicly_issued THEN 1 WHEN NOT t.publicly_issued THEN 0 END
    FROM certificate AS c JOIN authority_trust AS t ON t.certificate = c.fingerprint
  ) AS either GROUP BY pin
) AS a ON a.pin = k.pin
WHERE k.kind = 'mtls' AND s.state <> 'retired'
GROUP BY s.id, k.consumer, s.tier, s.owner
