-- Each TLSA record against each presentation at its host and port (RFC 6698 section 2.1, RFC 7671).
-- Usages 1 and 3 look at the leaf, 0 and 2 at the CA certificates that the server sends. All but 3
-- want the leaf to name the host (or, for mail, a domain that has it as MX) and to be in date, 0
-- and 1 a trusted path as well. `usable` FALSE: no client uses the record (section 2.1, RFC 7672
-- section 3.1.3). `matches` is NULL where nothing was served for that server name, a served
-- certificate could not be read, or the data (full, SHA-512) cannot be compared with stored digests.
-- index: host; name; lookup
WITH record AS (
  SELECT DISTINCT s.lookup, t.zone, t.name, s.host, s.port, s.transport, t.usage, t.selector, t.matching, t.data,
    t.usage <= 3 AND t.selector <= 1 AND t.matching <= 2
      AND (t.matching <> 1 OR t.octets = 32) AND (t.matching <> 2 OR t.octets = 64) AND t.octets > 0
      AND NOT (s.port = 25 AND t.usage IN (0, 1)) AS usable
  FROM tlsa_service AS s JOIN tlsa AS t ON t.name = s.name
  JOIN node AS n ON n.name = t.name AND COALESCE(n.apex, t.zone) = t.zone
),
mail AS (
  SELECT DISTINCT x.target AS host, q.leaf
  FROM rdata AS x
  JOIN presentation AS q ON q.server_name = x.target AND q.port = 25
  JOIN certificate_name AS n ON n.certificate = q.leaf AND n.name = x.name
  WHERE x.type = 'MX' AND n.kind = 'dns' AND n.usable
),
compared AS (
  SELECT r.lookup, r.zone, r.name, r.host, r.port, r.transport, r.usage, r.selector, r.matching, r.data, r.usable,
    a.address, q.vantage, q.leaf, q.spki, q.protocol,
    q.named OR m.leaf IS NOT NULL AS named, q.in_date,
    q.publicly_trusted OR q.privately_trusted AS trusted,
    MAX(CASE
      WHEN r.usage IN (1, 3) AND p.position <> 0 THEN 0
      WHEN r.usage IN (0, 2) AND NOT c.is_ca THEN 0
      WHEN r.selector = 0 AND p.certificate = r.data THEN 1
      WHEN r.selector = 1 AND c.spki = r.data THEN 1
      ELSE 0 END) AS found,
    SUM(CASE WHEN p.certificate IS NULL OR c.fingerprint IS NULL THEN 1 ELSE 0 END) AS unread
  FROM record AS r
  LEFT JOIN name_address AS a ON a.name = r.host
  LEFT JOIN served AS q ON q.address_key = a.address_key AND q.port = r.port AND q.name = r.host AND r.transport = 'tcp'
  LEFT JOIN mail AS m ON m.host = r.host AND m.leaf = q.leaf AND r.port = 25
  LEFT JOIN presented_certificate AS p ON p.address = q.address AND p.port = q.port
    AND p.server_name = q.name AND p.protocol = q.protocol AND p.vantage = q.vantage
  LEFT JOIN certificate AS c ON c.fingerprint = p.certificate
  GROUP BY r.lookup, r.zone, r.name, r.host, r.port, r.transport, r.usage, r.selector, r.matching, r.data, r.usable,
    a.address, q.vantage, q.leaf, q.spki, q.protocol, q.named, q.in_date, m.leaf, q.publicly_trusted, q.privately_trusted
)
SELECT lookup, zone, name, host, port, transport, usage, selector, matching, data, usable,
  address, vantage, leaf, spki, protocol,
  CASE
    WHEN NOT usable THEN FALSE
    WHEN leaf IS NULL OR matching <> 1 THEN NULL
    WHEN found = 0 THEN CASE WHEN unread = 0 THEN FALSE END
    WHEN usage = 3 THEN TRUE
    WHEN usage = 2 THEN named AND in_date
    ELSE named AND in_date AND trusted
  END AS matches
FROM compared
