-- id: SVCB-004
-- title: Hint or port of a service binding is wrong
-- says: The {type} record of {name}[ gives {hint} as a hint, which is no address of {target}][ leads to port
--   {port} of {target}, where {address} does not speak TLS].
-- subject: service binding and an address hint, or a port at an address
-- severity: public=medium partner=medium internal=low workload=low
-- gate: probe
-- inputs: Z E
-- source: catalogue F.SVCB; RFC 9460 7.2 and 7.3
-- csf: PR.PS-01
-- missing: endpoints
-- remediation: Make the hints equal to the target's addresses, and the port one that it listens on.
-- A hint has to be an address of the target; that it is none can be said where we hold the end of
-- the target's alias chain. A port is offered once something answers TLS there. Whether each ALPN of
-- the record is offered is not observed and so no subject.
SELECT h.name || ' ' || h.type || ' ' || h.target || ' hint ' || h.address AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN a.address IS NOT NULL THEN TRUE WHEN r.final_held THEN FALSE END AS holds,
  h.type, h.name, h.address AS hint, h.target, CAST(NULL AS BIGINT) AS port, CAST(NULL AS TEXT) AS address,
  'resolution' AS missing
FROM (SELECT DISTINCT s.name, s.type, s.host, t.target, t.address, t.address_key
  FROM svcb_hint AS t JOIN svcb AS s ON s.name = t.name AND s.type = t.type AND s.target = t.target) AS h
JOIN name_owner AS o ON o.name = h.host
LEFT JOIN name_resolution AS r ON r.name = h.target
LEFT JOIN (SELECT DISTINCT name, address, address_key FROM name_address) AS a ON a.name = h.target AND a.address_key = h.address_key
UNION ALL
SELECT p.name || ' ' || p.type || ' ' || p.target || ' ' || a.address || ':' || p.port, o.tier, o.record_owner,
  CASE
    WHEN MAX(CASE WHEN q.outcome IN ('refused', 'no-tls') THEN 1 ELSE 0 END) = 1 THEN FALSE
    WHEN MIN(CASE WHEN q.outcome IN ('served', 'alert') THEN 1 ELSE 0 END) = 1 THEN TRUE
  END,
  p.type, p.name, CAST(NULL AS TEXT), p.target, p.port, a.address, 'endpoints'
FROM (SELECT DISTINCT name, type, host, target, port FROM svcb WHERE port IS NOT NULL AND priority > 0) AS p
JOIN name_owner AS o ON o.name = p.host
JOIN (SELECT DISTINCT name, address, address_key FROM name_address) AS a ON a.name = p.target
LEFT JOIN presentation AS q ON q.address_key = a.address_key AND q.port = p.port AND q.server_name = p.host
GROUP BY p.name, p.type, p.target, p.port, a.address, o.tier, o.record_owner
