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
-- says: {subject} tells the world the {kind} address {address}[ and {more} more], which nobody outside can reach, and which on another network is somebody else's host.
-- Private, shared, loopback and link-local addresses. A zone counts as public where its source names no view, or
-- one that is called public, external, internet or default. A name whose service declares a network or an
-- endpoint around the address passes. `localhost` and the answers of block lists (127.0.0.2 and on) are left out.
SELECT a.name AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN MAX(CASE WHEN a.shown AND a.meant = FALSE THEN 1 ELSE 0 END) = 1 THEN FALSE
    WHEN COUNT(CASE WHEN a.meant THEN 1 END) = COUNT(*) THEN TRUE
  END AS holds,
  MIN(CASE WHEN COALESCE(a.shown, TRUE) THEN a.address END) AS address, MIN(a.kind) AS kind,
  CASE WHEN COUNT(*) > 1 THEN COUNT(*) - 1 END AS more,
  CASE WHEN COUNT(a.meant) = COUNT(*) THEN 'zones' END AS missing
FROM special_address AS a
JOIN name_owner AS o ON o.name = a.name
WHERE a.kind IN ('private', 'shared', 'loopback', 'link-local') AND COALESCE(a.shown, TRUE)
GROUP BY a.name, o.tier, o.record_owner
