-- id: ZONE-020
-- title: Private address in a public zone
-- subject: name
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z O
-- source: RFC 1918 5; RFC 4193 4.4; RFC 6890
-- csf: PR.IR-01, ID.AM-03
-- missing: declaration
-- remediation: Move the record to the zone that only your network sees (a source with `view: internal`), or delete it. Where it is
--  meant, declare the network at the service of the name.
-- says: {subject} publishes the {kind} address {address}[ and {more} more], which nobody outside can reach, and
--   which on another network is somebody else's host.
-- Private, shared, loopback and link-local addresses. A zone counts as public where its source names no view, or
-- one that is called public, external, internet or default. A name whose service declares a network or an
-- endpoint around the address passes. `localhost` and the answers of block lists (127.0.0.2 and on) are left out.
WITH judged AS (
  SELECT a.name, a.address, a.address_key, a.kind, a.network, a.shown, a.meant,
    CASE WHEN a.shown AND a.meant = FALSE THEN 0 WHEN a.meant THEN 2 ELSE 1 END AS grade
  FROM special_address AS a
  WHERE a.kind IN ('private', 'shared', 'loopback', 'link-local') AND COALESCE(a.shown, TRUE)
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
