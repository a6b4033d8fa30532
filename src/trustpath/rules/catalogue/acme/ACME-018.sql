-- id: ACME-018
-- title: Certificate that nobody registered an intent for
-- says: The certificate {subject} for {label}, issued by {issuer} on {not_before}, matches no registered
--   intent, so nobody knows who ordered it.
-- subject: certificate, or serial and issuing organisation of one that only a log has seen
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: C E T P
-- source: ours; standards G.2
-- csf: DE.CM-06, DE.AE-03, PR.AA-05
-- nhi: NHI1:2025, NHI10:2025
-- missing: complete
-- remediation: Find out who ordered it and with which account. Take it over (trustpath cert adopt) if it is rightful, else revoke it and close the way by which it was obtained.
-- Certificates for a name of ours that began after the first intent was registered, wherever they were
-- seen: an intent matches by key and by exactly its names, whatever the CA, and once it has led to a
-- certificate, no other: whoever got hold of a key is found. One of which a log told no more than its
-- names matches by serial and issuer, and is unknown while an order for them is under
-- way. Nothing applies before the estate claims under `complete` that all certificates have intents.
WITH began AS (SELECT MIN(registered_at) AS at FROM intent),
subject AS (
  SELECT s.certificate, s.tier, s.owner, s.spki, s.label, s.issuer, s.not_before, s.not_after, s.stored, s.served
  FROM scope_certificate AS s CROSS JOIN moment AS m CROSS JOIN began AS b
  WHERE s.not_before >= b.at AND s.not_after >= m.now
),
ours AS (
  SELECT DISTINCT n.certificate FROM certificate_name AS n
  JOIN owned_name AS o ON o.name = n.base
  WHERE n.kind = 'dns'
),
asked AS (SELECT intent, COUNT(*) AS names FROM intent_name GROUP BY intent),
held AS (SELECT certificate, COUNT(*) AS names FROM certificate_name GROUP BY certificate),
matched AS (
  SELECT s.certificate
  FROM subject AS s
  JOIN intent AS i ON i.spki = s.spki AND (i.certificate IS NULL OR i.certificate = s.certificate)
  JOIN asked AS a ON a.intent = i.id
  JOIN held AS h ON h.certificate = s.certificate AND h.names = a.names
  JOIN intent_name AS x ON x.intent = i.id
  JOIN certificate_name AS n ON n.certificate = s.certificate AND n.kind = 'dns' AND n.name = x.name
  GROUP BY s.certificate, i.id, a.names
  HAVING COUNT(*) = a.names
),
named AS (
  SELECT n.serial, n.issuer_organisation, MAX(i.id) AS under_way
  FROM scope_ct_name AS n
  LEFT JOIN intent_name AS x ON x.base = n.base
  LEFT JOIN intent AS i ON i.id = x.intent AND i.state IN ('registered', 'ordered', 'proving', 'finalizing')
  GROUP BY n.serial, n.issuer_organisation
),
known AS (SELECT DISTINCT serial, issuer_organisation FROM certificate)
SELECT s.certificate AS subject, s.tier, s.owner,
  CASE WHEN k.certificate IS NOT NULL THEN TRUE WHEN w.closed THEN FALSE END AS holds,
  s.label, s.issuer, s.not_before, s.not_after,
  CASE WHEN s.served THEN 'served' WHEN s.stored THEN 'stored' ELSE 'logged' END AS seen
FROM subject AS s
JOIN ours AS o ON o.certificate = s.certificate
JOIN closed AS w ON w.kind = 'intents'
LEFT JOIN (SELECT DISTINCT certificate FROM matched) AS k ON k.certificate = s.certificate
UNION ALL
SELECT c.id, c.tier, c.owner, CASE WHEN w.closed AND n.under_way IS NULL THEN FALSE END,
  c.name, c.issuer, c.not_before, c.not_after, 'logged'
FROM scope_ct_certificate AS c
CROSS JOIN began AS b
JOIN named AS n ON n.serial = c.serial AND n.issuer_organisation = c.issuer_organisation
JOIN closed AS w ON w.kind = 'intents'
LEFT JOIN known AS k ON k.serial = c.serial AND k.issuer_organisation = c.issuer_organisation
WHERE c.not_before >= b.at AND k.serial IS NULL
