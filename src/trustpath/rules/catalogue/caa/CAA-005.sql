-- id: CAA-005
-- title: CAA of a child permits more than its parent
-- says: The CAA set at {subject} permits more than the one above it, at {above}[: it adds {added_issuer}].
-- subject: name of the closer CAA set
-- severity: public=high partner=medium internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: catalogue F.CAA; RFC 8659 3
-- csf: PR.AA-05, ID.RA-07
-- missing: zones
-- remediation: Delete the closer set, or have the owner of the zone above approve it as an exception.
-- Only the closest set counts, they are never merged: a set below that names one more issuer undoes
-- the policy above it. Compared by issuer domain name, for host and wildcard requests. It is meant where
-- the service that has the name declares every CA that the closer set lets in beyond the one above.
WITH added AS (
  SELECT a.owner, i.issuer
  FROM caa_above AS a
  JOIN caa_issuer AS i ON i.owner = a.owner
  LEFT JOIN caa_issuer AS x ON x.owner = a.above AND x.wildcard = i.wildcard AND x.issuer = i.issuer AND x.sure >= i.sure
  WHERE a.looser AND x.issuer IS NULL
),
meant AS (
  SELECT n.owner
  FROM added AS n
  JOIN (
    SELECT owner FROM caa_policy GROUP BY owner HAVING COUNT(CASE WHEN restricted OR shut THEN 1 END) = COUNT(*)
  ) AS p ON p.owner = n.owner
  JOIN service_of AS s ON s.name = n.owner
  LEFT JOIN (
    SELECT DISTINCT c.service, i.identity
    FROM service_ca AS c JOIN ca ON ca.id = c.ca AND ca.approved JOIN ca_identity AS i ON i.ca = c.ca
  ) AS k ON k.service = s.service AND k.identity = n.issuer
  GROUP BY n.owner HAVING COUNT(k.identity) = COUNT(*)
)
SELECT a.owner AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN m.owner IS NULL THEN NOT a.looser WHEN d.whole THEN TRUE END AS holds,
  a.above, CASE WHEN a.looser THEN a.added_issuer END AS added_issuer,
  CASE WHEN m.owner IS NULL THEN 'zones' ELSE 'services' END AS missing
FROM caa_above AS a
CROSS JOIN declared AS d
JOIN name_owner AS o ON o.name = a.owner
LEFT JOIN meant AS m ON m.owner = a.owner
LEFT JOIN zone_suffix AS s ON s.name = a.owner
WHERE (a.above IS NOT NULL OR NOT a.known) AND s.name IS NULL
