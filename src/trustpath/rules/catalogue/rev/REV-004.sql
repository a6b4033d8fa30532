-- id: REV-004
-- title: Revocation list unusable
-- says: The revocation list {url} of {issuer}, on which valid certificates depend ({certificates}), cannot be
--   used: {fault}.
-- subject: revocation list that live certificates point to
-- severity: public=medium partner=medium internal=medium workload=low
-- gate: observe
-- inputs: R
-- source: catalogue F.wave2; RFC 5280 5.1
-- csf: GV.SC-07, DE.CM-06
-- missing: revocation
-- remediation: Open a ticket with the CA and check the rules for outgoing traffic.
-- A list is usable when its signature verified and its next update lies ahead; one usable copy is
-- enough. A list that was never fetched is unknown.
SELECT n.url || ' of ' || n.issuer AS subject, t.tier, n.owner,
  CASE WHEN l.usable = 1 THEN TRUE WHEN l.issuer IS NOT NULL AND l.unsure = 0 THEN FALSE END AS holds,
  n.url, n.issuer, n.certificates, l.next_update,
  CASE WHEN l.usable = 0 AND l.unsure = 0 THEN CASE WHEN l.forged = 1 THEN 'its signature is wrong' ELSE 'it is out of date' END END AS fault
FROM (
  SELECT c.crl_url AS url, c.issuer, COUNT(*) AS certificates, MIN(k.rank) AS rank, MIN(c.owner) AS owner
  FROM scope_certificate AS c JOIN tier_rank AS k ON k.tier = c.tier
  WHERE c.live AND c.crl_url IS NOT NULL
  GROUP BY c.crl_url, c.issuer
) AS n
JOIN tier_rank AS t ON t.rank = n.rank
LEFT JOIN (
  SELECT x.issuer, x.url, MAX(x.next_update) AS next_update,
    MAX(CASE WHEN x.verified AND x.next_update >= m.now THEN 1 ELSE 0 END) AS usable,
    MAX(CASE WHEN x.verified = FALSE THEN 1 ELSE 0 END) AS forged,
    MAX(CASE WHEN x.verified IS NULL AND COALESCE(x.next_update, m.now) >= m.now THEN 1 ELSE 0 END) AS unsure
  FROM crl AS x CROSS JOIN moment AS m WHERE x.url IS NOT NULL GROUP BY x.issuer, x.url
) AS l ON l.issuer = n.issuer AND l.url = n.url
