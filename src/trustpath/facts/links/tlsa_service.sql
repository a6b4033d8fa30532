-- Which TLSA RRset speaks for which TLS port: `lookup` is the name that clients ask for,
-- `_port._transport.host` (RFC 6698 section 3), `name` the owner of the RRset that answers: the
-- same, the end of an alias chain, or a wildcard `*._transport.host`. The last two are known only
-- for ports where TLS is expected or was seen. RRsets that no port leads to have no row.
-- index: lookup; name; host
SELECT DISTINCT t.name AS lookup, t.name, t.host, t.port, t.protocol AS transport
FROM tlsa AS t JOIN node AS n ON n.name = t.name AND COALESCE(n.apex, t.zone) = t.zone
WHERE t.port IS NOT NULL
UNION
SELECT r.name, t.name, b.name, b.port, 'tcp'
FROM (SELECT DISTINCT name FROM tlsa) AS t
JOIN resolution AS r ON r.final_source = t.name AND r.steps > 0
JOIN (SELECT DISTINCT name, port FROM binding) AS b ON r.name = '_' || b.port || '._tcp.' || b.name
UNION
SELECT '_' || b.port || '._tcp.' || b.name, t.name, b.name, b.port, 'tcp'
FROM (SELECT DISTINCT name, host FROM tlsa WHERE port IS NULL AND substr(name, 1, 7) = '*._tcp.') AS t
JOIN (SELECT DISTINCT name, port FROM binding) AS b ON b.name = t.host
LEFT JOIN existing AS e ON e.name = '_' || b.port || '._tcp.' || b.name
WHERE e.name IS NULL
