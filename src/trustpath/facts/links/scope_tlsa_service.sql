-- Driver: every TLSA RRset that speaks for a TLS port (tlsa_service), with owners and tier of the host
-- and whether the whole way to it is secured: the RRset's owner name, and the alias that leads to it.
-- index: lookup; name; host
SELECT s.lookup, s.name, s.host, s.port, s.transport, o.record_owner AS owner, o.owner AS name_owner, o.tier, o.service,
  d.secure AND (l.name IS NULL OR l.secure) AS secure
FROM tlsa_service AS s
JOIN name_owner AS o ON o.name = s.host
JOIN dnssec_state AS d ON d.name = s.name
LEFT JOIN dnssec_state AS l ON l.name = s.lookup AND s.lookup <> s.name
