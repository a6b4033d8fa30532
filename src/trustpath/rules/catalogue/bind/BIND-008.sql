-- id: BIND-008
-- title: Wildcard certificate combined with wildcard DNS
-- says: {subject} is a wildcard both in DNS and in a live certificate ({certificate}), so every name below it
--   works and is trusted.
-- subject: wildcard name
-- severity: public=high partner=high internal=medium workload=low
-- gate: gate
-- inputs: Z C
-- source: catalogue F.BIND; RFC 4592, RFC 9525 6.3
-- csf: PR.AA-05, ID.RA-01
-- nhi: NHI5:2025
-- missing: zones
-- remediation: Write out the names that are used and give up one of the two wildcards.
-- Together they vouch for any name that somebody makes up. Subjects are the wildcards of live
-- certificates; that DNS has none there is known only when the zone is held whole.
SELECT n.name AS subject, t.tier, n.owner,
  CASE WHEN r.name IS NOT NULL THEN FALSE WHEN n.held THEN TRUE END AS holds,
  n.certificates, n.certificate, r.types
FROM (
  SELECT n.name, n.base, n.held, n.apex, n.cut, MIN(k.rank) AS rank, MIN(n.owner) AS owner,
    COUNT(*) AS certificates, MIN(n.certificate) AS certificate
  FROM scope_certificate_name AS n JOIN tier_rank AS k ON k.tier = n.tier
  WHERE n.wildcard AND n.usable AND n.live
  GROUP BY n.name, n.base, n.held, n.apex, n.cut
) AS n
JOIN tier_rank AS t ON t.rank = n.rank
LEFT JOIN (
  SELECT zone, name, COUNT(DISTINCT type) AS types FROM rrset
  WHERE wildcard AND type IN ('A', 'AAAA', 'CNAME', 'HTTPS', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS')
  GROUP BY zone, name
) AS r ON r.name = n.name AND r.zone = n.apex AND n.cut IS NULL
