-- id: ZONE-021
-- title: Address that no host can have
-- subject: name
-- severity: public=low partner=low internal=low workload=low
-- gate: gate
-- inputs: Z O
-- source: RFC 5737 4; RFC 3849; RFC 9637; RFC 6890; RFC 1112
-- csf: PR.IR-01, ID.AM-03
-- missing: declaration
-- remediation: Give the name the address of its host, or delete the record. Where a proxy answers in its place, or the record is
--  meant, declare the network at the service of the name.
-- says: {subject} has the address {address}[ and {more} more], which lies in {network} ({kind}) and which no
--   host can use.
-- Addresses for documentation and benchmarks, unspecified, reserved and multicast addresses, and IPv4 written as
-- IPv6: mostly what an example or a template left behind. Not judged is 100::/64, which is meant to discard. Views and declared
-- networks as in ZONE-020; here a network of the organisation counts too.
WITH judged AS (
  SELECT a.name, a.address, a.address_key, a.kind, a.network, a.shown, a.meant,
    CASE WHEN a.shown AND a.meant = FALSE THEN 0 WHEN a.meant THEN 2 ELSE 1 END AS grade
  FROM special_address AS a
  WHERE a.kind NOT IN ('private', 'shared', 'loopback', 'link-local', 'discard') AND COALESCE(a.shown, TRUE)
),
-- One address stands for all, the first of the worst.
worst AS (
  SELECT w.name, w.grade, MIN(w.address_key) AS address_key, COUNT(DISTINCT w.address_key) AS number
  FROM judged AS w
  JOIN (SELECT name, MIN(grade) AS grade FROM judged GROUP BY name) AS g ON g.name = w.name AND g.grade = w.grade
  GROUP BY w.name, w.grade
)
SELECT w.name AS subject, o.tier, o.record_owner AS owner,
  CASE w.grade WHEN 0 THEN FALSE WHEN 2 THEN TRUE END AS holds,
  d.network AS cause, d.address, d.kind, d.network, CASE WHEN w.number > 1 THEN w.number - 1 END AS more,
  CASE WHEN d.told THEN 'zones' END AS missing
FROM worst AS w
JOIN (
  SELECT name, address_key, grade, MIN(address) AS address, MIN(kind) AS kind, MIN(network) AS network, COUNT(meant) = COUNT(*) AS told
  FROM judged GROUP BY name, address_key, grade
) AS d ON d.name = w.name AND d.address_key = w.address_key AND d.grade = w.grade
JOIN name_owner AS o ON o.name = w.name
