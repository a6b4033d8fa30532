-- id: CHAIN-008
-- title: Pinned consumer would break
-- says: {consumer} would refuse the service {service}: none of its pins is in {chain} ({certificate}).
-- subject: service and consumer
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: C E O
-- source: catalogue F.CHAIN; standards G.2
-- csf: GV.OC-02, ID.RA-07
-- missing: endpoints
-- decides: declare the pins of the consumer (services.consumers), or connect a source of endpoints
-- remediation: Tell the consumer and have its pins changed first.
-- A consumer accepts a chain when one of its pins is in it: a public key anywhere, an issuer above the
-- leaf, a root at the top. Judged are the chains that are served for the names of the service, and the
-- next key of every served leaf that a rekey announces. A chain without a pin is wrong when the
-- path is known up to its root; else the pinned certificate may be the part that nobody has seen.
WITH pinned AS (
  SELECT k.service, k.consumer, k.pin_kind, k.pin, s.tier, s.owner
  FROM consumer AS k JOIN service AS s ON s.id = k.service
  WHERE k.pin IS NOT NULL AND s.state <> 'retired'
),
leaf AS (
  SELECT DISTINCT b.service, b.leaf FROM binding AS b JOIN (SELECT DISTINCT service FROM pinned) AS p ON p.service = b.service
),
link AS (
  SELECT l.leaf, l.leaf AS certificate, 'leaf' AS part FROM (SELECT DISTINCT leaf FROM leaf WHERE leaf IS NOT NULL) AS l
  UNION
  SELECT q.leaf, c.certificate, 'issuer' FROM presentation AS q
  JOIN (SELECT DISTINCT leaf FROM leaf) AS l ON l.leaf = q.leaf
  JOIN presented_certificate AS c ON c.address = q.address AND c.port = q.port AND c.server_name = q.server_name
    AND c.protocol = q.protocol AND c.vantage = q.vantage AND c.position > 0
  UNION
  SELECT l.leaf, p.issuer_certificate, 'issuer' FROM (SELECT DISTINCT leaf FROM leaf) AS l
  JOIN certificate_path AS p ON p.certificate = l.leaf WHERE p.issuer_certificate IS NOT NULL
  UNION
  SELECT l.leaf, p.root, 'root' FROM (SELECT DISTINCT leaf FROM leaf) AS l
  JOIN certificate_path AS p ON p.certificate = l.leaf WHERE p.root IS NOT NULL
),
print AS (
  SELECT k.leaf, k.part, k.certificate AS text, 0 AS spki FROM link AS k
  UNION
  SELECT k.leaf, k.part, c.spki, 1 FROM link AS k JOIN certificate AS c ON c.fingerprint = k.certificate
),
planned AS (
  SELECT service, leaf, CAST(NULL AS TEXT) AS next_spki FROM leaf
  UNION
  SELECT l.service, l.leaf, r.next_spki FROM leaf AS l JOIN rekey AS r ON r.certificate = l.leaf WHERE r.next_spki IS NOT NULL
),
verdict AS (
  SELECT p.service, p.consumer, n.leaf, n.next_spki,
    MAX(CASE
      WHEN n.next_spki IS NOT NULL AND p.pin_kind = 'spki' AND p.pin = n.next_spki THEN 1
      WHEN f.part = 'leaf' AND n.next_spki IS NULL AND p.pin_kind = 'spki' AND f.spki = 1 THEN 1
      WHEN f.part IN ('issuer', 'root') AND p.pin_kind = 'spki' AND f.spki = 1 THEN 1
      WHEN f.part IN ('issuer', 'root') AND p.pin_kind = 'issuer' THEN 1
      WHEN f.part = 'root' AND p.pin_kind = 'root' THEN 1
      ELSE 0 END) AS pinned,
    MAX(CASE WHEN t.leaf IS NOT NULL THEN 1 ELSE 0 END) AS known
  FROM pinned AS p
  JOIN planned AS n ON n.service = p.service
  LEFT JOIN print AS f ON f.leaf = n.leaf AND f.text = p.pin
  LEFT JOIN (
    SELECT DISTINCT k.leaf FROM link AS k JOIN certificate AS c ON c.fingerprint = k.certificate WHERE k.part = 'root'
  ) AS t ON t.leaf = n.leaf
  GROUP BY p.service, p.consumer, n.leaf, n.next_spki
)
SELECT p.service || ' ' || p.consumer AS subject, p.tier, p.owner,
  CASE
    WHEN MAX(CASE WHEN v.pinned = 0 AND v.known = 1 THEN 1 ELSE 0 END) = 1 THEN FALSE
    WHEN MIN(CASE WHEN v.pinned = 1 AND v.leaf IS NOT NULL THEN 1 ELSE 0 END) = 1 THEN TRUE
  END AS holds,
  p.service, p.consumer,
  CASE
    WHEN MAX(CASE WHEN v.pinned = 0 AND v.known = 1 AND v.next_spki IS NULL THEN 1 ELSE 0 END) = 1 THEN 'the chain that is served'
    WHEN MAX(CASE WHEN v.pinned = 0 AND v.known = 1 THEN 1 ELSE 0 END) = 1 THEN 'the chain with the next key'
  END AS chain,
  COUNT(DISTINCT v.leaf) AS chains,
  COALESCE(MIN(CASE WHEN v.pinned = 0 AND v.known = 1 THEN v.leaf END), MIN(CASE WHEN v.pinned = 0 THEN v.leaf END)) AS certificate,
  MIN(CASE WHEN v.pinned = 0 THEN v.next_spki END) AS next_key
FROM (SELECT DISTINCT service, consumer, tier, owner FROM pinned) AS p
LEFT JOIN verdict AS v ON v.service = p.service AND v.consumer = p.consumer
GROUP BY p.service, p.consumer, p.tier, p.owner
