-- id: DANE-008
-- title: CA certificate of a TLSA record not sent
-- says: The TLSA record 2 {selector} {matching} at {lookup} means a CA certificate that {fault}[ ({address})].
-- subject: TLSA record of usage 2, by the name that clients ask for
-- severity: public=high partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z E
-- source: catalogue F.DANE; RFC 7671 5.2
-- csf: PR.AA-03
-- missing: endpoints
-- remediation: Send the whole chain including the anchor that the record means, and replace an anchor that has expired.
-- The record's data is looked for among the CA certificates that we know. One that is in the leaf's
-- path but not in what the server sends is the failure; one that is neither may be announced for
-- later, which cannot be told from a mistake.
WITH anchor AS (
  SELECT t.name, t.data, t.selector, c.fingerprint, c.not_after
  FROM tlsa AS t JOIN certificate AS c ON c.fingerprint = t.data
  WHERE t.usage = 2 AND t.selector = 0 AND t.matching = 1 AND c.is_ca
  UNION
  SELECT t.name, t.data, t.selector, c.fingerprint, c.not_after
  FROM tlsa AS t JOIN certificate AS c ON c.spki = t.data
  WHERE t.usage = 2 AND t.selector = 1 AND t.matching = 1 AND c.is_ca
),
place AS (
  SELECT m.lookup, m.selector, m.matching, m.data, m.address, m.vantage, m.leaf,
    MAX(CASE WHEN p.certificate IS NOT NULL AND a.not_after >= k.now THEN 1 ELSE 0 END) AS sent,
    MAX(CASE WHEN p.certificate IS NOT NULL THEN 1 ELSE 0 END) AS sent_at_all,
    MAX(CASE WHEN a.fingerprint IN (h.issuer_certificate, h.root) THEN 1 ELSE 0 END) AS in_path
  FROM tlsa_match AS m
  CROSS JOIN moment AS k
  LEFT JOIN anchor AS a ON a.name = m.name AND a.data = m.data AND a.selector = m.selector
  LEFT JOIN presented_certificate AS p ON p.certificate = a.fingerprint AND p.address = m.address AND p.port = m.port
    AND p.server_name = m.host AND p.protocol = m.protocol AND p.vantage = m.vantage
  LEFT JOIN certificate_path AS h ON h.certificate = m.leaf
  WHERE m.usage = 2 AND m.usable
  GROUP BY m.lookup, m.selector, m.matching, m.data, m.address, m.vantage, m.leaf
)
SELECT p.lookup || ' TLSA 2 ' || p.selector || ' ' || p.matching || ' ' || p.data AS subject, s.tier, s.owner,
  CASE
    WHEN MAX(CASE WHEN p.leaf IS NOT NULL AND p.sent = 0 AND (p.in_path = 1 OR p.sent_at_all = 1) THEN 1 ELSE 0 END) = 1 THEN FALSE
    WHEN MIN(p.sent) = 1 THEN TRUE
  END AS holds,
  p.lookup, p.selector, p.matching,
  CASE
    WHEN MAX(CASE WHEN p.leaf IS NOT NULL AND p.sent = 0 AND p.sent_at_all = 1 THEN 1 ELSE 0 END) = 1 THEN 'has expired'
    WHEN MAX(CASE WHEN p.leaf IS NOT NULL AND p.sent = 0 AND p.in_path = 1 THEN 1 ELSE 0 END) = 1 THEN 'the server does not send'
  END AS fault,
  MIN(CASE WHEN p.sent = 0 THEN p.address END) AS address, MIN(p.leaf) AS certificate
FROM place AS p
JOIN scope_tlsa_service AS s ON s.lookup = p.lookup
GROUP BY p.lookup, p.selector, p.matching, p.data, s.tier, s.owner
