-- id: SVCB-002
-- title: ECH outer name not certified
-- says: ECH for {host} uses the outer name {outer_name}, but {fault}.
-- subject: origin name, outer name, and the target at an address and port
-- severity: public=high partner=high internal=- workload=-
-- gate: probe
-- inputs: Z E O
-- source: catalogue F.SVCB; RFC 9849, RFC 9848
-- csf: PR.AA-03, GV.SC-07
-- missing: endpoints
-- remediation: Get a certificate for the outer name onto the client-facing server, and own that name.
-- A client whose ECH is refused trusts the retry only after a certificate for public_name, so that
-- has to be publicly trusted and in date at the same server. Origin and outer name need one owner.
SELECT s.host || ' as ' || s.public_name || ' by ' || s.target || CASE WHEN a.address IS NULL THEN '' ELSE ' ' || a.address END || ':' || s.port AS subject,
  o.tier, o.owner,
  CASE
    WHEN MIN(CASE WHEN q.named AND q.in_date AND q.publicly_trusted THEN 1
      WHEN NOT q.named OR NOT q.in_date OR NOT q.publicly_trusted THEN 0 END) = 0 THEN FALSE
    WHEN o.owner <> p.owner THEN FALSE
    WHEN COUNT(CASE WHEN q.named AND q.in_date THEN q.publicly_trusted END) = COUNT(*) AND o.owner = p.owner THEN TRUE
  END AS holds,
  s.host, s.public_name AS outer_name,
  CASE
    WHEN MIN(CASE WHEN q.named AND q.in_date AND q.publicly_trusted THEN 1
      WHEN NOT q.named OR NOT q.in_date OR NOT q.publicly_trusted THEN 0 END) = 0 THEN s.target || ' serves no valid certificate for it'
    WHEN o.owner <> p.owner THEN 'that belongs to ' || p.owner
  END AS fault,
  MIN(q.leaf) AS certificate, p.owner AS outer_owner, MIN(q.reason) AS reason,
  CASE WHEN a.address IS NULL THEN 'resolution' WHEN COUNT(q.named) < COUNT(*) THEN 'endpoints' ELSE 'ownership' END AS missing
FROM (
  SELECT DISTINCT v.host, v.target, v.public_name, COALESCE(v.port, 443) AS port
  FROM svcb AS v JOIN node AS n ON n.name = v.name AND COALESCE(n.apex, v.zone) = v.zone
  WHERE v.public_name IS NOT NULL AND v.priority > 0
) AS s
JOIN name_owner AS o ON o.name = s.host
JOIN name_owner AS p ON p.name = s.public_name
LEFT JOIN (SELECT DISTINCT name, address, address_key FROM name_address) AS a ON a.name = s.target
LEFT JOIN served AS q ON q.name = s.public_name AND q.address_key = a.address_key AND q.port = s.port AND q.protocol = 'tls'
GROUP BY s.host, s.public_name, s.port, s.target, a.address, o.tier, o.owner, p.owner
