-- id: BIND-014
-- title: Certificate for an address that is no longer ours
-- says: The certificate {certificate} of {label} covers {address}, which lies in none of our declared networks.
-- subject: certificate (SHA-256) and address
-- severity: public=high partner=high internal=medium workload=medium
-- gate: probe
-- inputs: C V
-- source: catalogue F.BIND; RFC 5280 4.2.1.6
-- csf: ID.AM-08, PR.AA-02
-- nhi: NHI1:2025
-- missing: declaration
-- decides: declare the network of the address (networks), and claim the networks complete
-- remediation: Revoke it, or let it lapse if that is soon, and stop its renewal.
-- The networks that the estate declares are the allocation where they are claimed to be all there are. An address outside them that a service
-- still names as its own is in doubt. Addresses that nobody can be given (RFC 6890) are left out.
WITH address AS (
  SELECT DISTINCT n.rname AS place FROM certificate_name AS n
  LEFT JOIN reserved_network AS r ON n.rname >= r.low AND n.rname <= r.high
  WHERE n.kind = 'ip' AND n.usable AND r.low IS NULL
),
ours AS (
  SELECT a.place, MIN(w.owner) AS owner FROM address AS a
  JOIN network AS w ON a.place >= w.low AND a.place <= w.high GROUP BY a.place
),
used AS (
  SELECT DISTINCT a.place FROM address AS a JOIN service_network AS w ON a.place >= w.low AND a.place <= w.high
  UNION SELECT address_key FROM service_endpoint
)
SELECT s.certificate || ' ' || n.name AS subject, s.tier, s.owner,
  CASE
    WHEN o.place IS NOT NULL THEN TRUE
    WHEN k.closed AND u.place IS NULL AND d.whole THEN FALSE
  END AS holds,
  s.certificate, n.name AS address, s.label, o.owner AS network_owner
FROM certificate_name AS n
JOIN address AS a ON a.place = n.rname
JOIN certificate_state AS s ON s.certificate = n.certificate
CROSS JOIN declared AS d
LEFT JOIN closed AS k ON k.kind = 'networks'
LEFT JOIN ours AS o ON o.place = n.rname
LEFT JOIN used AS u ON u.place = n.rname
WHERE n.kind = 'ip' AND n.usable AND s.live AND NOT s.is_ca AND s.stored
