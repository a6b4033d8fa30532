-- id: DANGLE-001
-- title: Alias to a name that does not exist
-- says: {subject} is an alias that leads to {final}, {fault}.
-- asks: {subject} is an alias that leads to {final}; nobody looked whether that exists.
-- subject: name that is an alias
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z V
-- source: catalogue F.DANGLE; RFC 1034 3.6.2, RFC 6672, RFC 8020
-- csf: ID.AM-08, ID.RA-01, DE.CM-06
-- nhi: NHI1:2025, NHI3:2025
-- missing: resolution
-- remediation: Delete the alias, then search the logs for certificates that were issued meanwhile.
-- Whoever can create the missing name answers for ours. Absence must be proven: by a zone that is
-- held whole, or by NXDOMAIN from every vantage. An end that nobody looked at is unknown. Names by
-- which control of a name is proved (validation_name) are DANGLE-006's. Providers of mail ask for the alias
-- of a key (_domainkey) before they publish the key: missing while a change adds the alias, it is unknown.
SELECT a.name AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN MIN(a.final_present) = FALSE AND MAX(a.looped) = FALSE AND MAX(CASE WHEN k.name IS NOT NULL THEN 1 ELSE 0 END) = 1 THEN NULL
    WHEN MIN(a.final_present) = FALSE THEN FALSE WHEN COUNT(a.final_present) = COUNT(*) THEN TRUE
  END AS holds,
  COALESCE(MIN(h.provider), MIN(a.final), MIN(a.target)) AS cause, MIN(a.type) AS type, MIN(a.target) AS target, COALESCE(MIN(a.final), MIN(a.target)) AS final, MAX(a.looped) AS looped,
  CASE WHEN MIN(a.final_present) = FALSE THEN CASE WHEN MAX(a.looped) = TRUE THEN 'which leads back to where it came from'
    ELSE 'which does not exist; whoever creates that name answers for ours' END END AS fault
FROM alias_end AS a
JOIN name_owner AS o ON o.name = a.name
LEFT JOIN (SELECT DISTINCT name FROM validation_name WHERE type = 'CNAME') AS v ON v.name = a.name
LEFT JOIN hosted_name AS h ON h.name = a.name
LEFT JOIN (
  SELECT DISTINCT r.name
  FROM open_change AS c JOIN change_record AS r ON r.change = c.id
  WHERE c.made AND r.action = 'add' AND r.type = 'CNAME' AND instr(r.name, '._domainkey.') > 0
) AS k ON k.name = a.name AND NOT a.final_held
WHERE v.name IS NULL
GROUP BY a.name, o.tier, o.record_owner
