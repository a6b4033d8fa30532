-- Each TLSA record against each presentation at its host and port (RFC 6698 section 2.1). Usages 1
-- and 3 look at the leaf, 0 and 2 at any served certificate. `matches` is NULL where nothing was
-- served or the matching type (full, SHA-512) cannot be compared with stored digests.
-- index: host; name
SELECT t.zone, t.name, t.host, t.port, t.protocol AS transport, t.usage, t.selector, t.matching, t.data,
  q.address, q.vantage, q.leaf, q.protocol,
  CASE
    WHEN q.leaf IS NULL THEN NULL
    WHEN t.matching <> 1 THEN NULL
    WHEN MAX(CASE
      WHEN t.usage IN (1, 3) AND p.position <> 0 THEN 0
      WHEN t.selector = 0 AND p.certificate = t.data THEN 1
      WHEN t.selector = 1 AND c.spki = t.data THEN 1
      ELSE 0 END) = 1 THEN TRUE
    ELSE FALSE
  END AS matches
FROM tlsa AS t
LEFT JOIN name_address AS a ON a.name = t.host
LEFT JOIN presentation AS q ON q.address_key = a.address_key AND q.port = t.port
  AND (q.server_name = t.host OR q.server_name = '')
LEFT JOIN presented_certificate AS p ON p.address = q.address AND p.port = q.port
  AND p.server_name = q.server_name AND p.protocol = q.protocol AND p.vantage = q.vantage
LEFT JOIN certificate AS c ON c.fingerprint = p.certificate
GROUP BY t.zone, t.name, t.host, t.port, t.protocol, t.usage, t.selector, t.matching, t.data,
  q.address, q.vantage, q.leaf, q.protocol
