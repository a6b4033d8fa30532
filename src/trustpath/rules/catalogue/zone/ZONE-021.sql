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
-- says: {subject} has the address {address}[ and {more} more], which lies in {network} ({kind}) and is no host's.
-- Addresses for documentation and benchmarks, unspecified, reserved and multicast addresses, and IPv4 written as
-- IPv6: mostly what an example or a template left behind. Not judged is 100::/64, which is meant to discard. Views and declared
-- networks as in ZONE-020; here a network of the organisation counts too.
SELECT a.name AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN MAX(CASE WHEN a.shown AND a.meant = FALSE THEN 1 ELSE 0 END) = 1 THEN FALSE
    WHEN COUNT(CASE WHEN a.meant THEN 1 END) = COUNT(*) THEN TRUE
  END AS holds,
  MIN(a.address) AS address, MIN(a.kind) AS kind, MIN(a.network) AS network,
  CASE WHEN COUNT(*) > 1 THEN COUNT(*) - 1 END AS more,
  CASE WHEN COUNT(a.meant) = COUNT(*) THEN 'zones' END AS missing
FROM special_address AS a
JOIN name_owner AS o ON o.name = a.name
WHERE a.kind NOT IN ('private', 'shared', 'loopback', 'link-local', 'discard') AND COALESCE(a.shown, TRUE)
GROUP BY a.name, o.tier, o.record_owner
