-- id: BIND-019
-- title: Alias to a host of ours without an address
-- says: {subject} is an alias of {final}, a name of ours that has no address, so nobody reaches it.
-- subject: host that is an alias
-- severity: public=high partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z
-- source: RFC 1034 3.6.2, RFC 9460 2.4.2
-- csf: PR.IR-04, ID.RA-07
-- missing: zones
-- remediation: Give the host at the end an address again, or take the alias away first.
-- Hosts alone, no wildcards and no names below an underscore label. The end exists in a zone that we hold, with other
-- records; one that does not exist is DANGLE-001's. An address may come by HTTPS or SVCB: as a hint, or of the target, in AliasMode as well (RFC 9460
-- section 2.4.2); a record that gives neither is none.
SELECT a.name AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN MIN(r.resolves) = TRUE OR MAX(s.hint) = 1 THEN TRUE
    WHEN MIN(r.resolves) = FALSE AND COALESCE(MAX(s.unseen), 0) = 0 THEN FALSE
  END AS holds,
  MIN(a.target) AS target, MIN(a.final) AS final
FROM alias_end AS a
JOIN name_resolution AS r ON r.name = a.name
JOIN name_owner AS o ON o.name = a.name
LEFT JOIN (
  SELECT name, MAX(hint) AS hint, MAX(unseen) AS unseen FROM (
    SELECT name, 1 AS hint, 0 AS unseen FROM rrset WHERE type IN ('A', 'AAAA')
    UNION ALL SELECT name, 1, 0 FROM svcb_hint
    UNION ALL
    SELECT b.name, CASE WHEN t.resolves THEN 1 ELSE 0 END, CASE WHEN t.resolves IS NULL THEN 1 ELSE 0 END
    FROM svcb AS b LEFT JOIN name_resolution AS t ON t.name = b.target
    WHERE b.target <> '.' AND b.target <> ''
  ) AS given GROUP BY name
) AS s ON s.name = a.final
WHERE a.type = 'CNAME' AND NOT a.live AND r.final_apex IS NOT NULL AND NOT a.looped AND a.final_present IS NOT FALSE
  AND substr(a.name, 1, 1) NOT IN ('_', '*') AND instr(a.name, '._') = 0
  AND substr(a.final, 1, 1) <> '_' AND instr(a.final, '._') = 0
GROUP BY a.name, o.tier, o.record_owner
