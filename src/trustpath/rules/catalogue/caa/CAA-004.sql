-- id: CAA-004
-- title: Wildcard issuance left open
-- says: The CAA set at {subject} lets CAs issue wildcard certificates, which policy excludes on the {tier}
--   tier.
-- subject: name of the relevant CAA set
-- severity: public=medium partner=low internal=- workload=-
-- gate: gate
-- inputs: Z K
-- source: catalogue F.CAA; RFC 8659 4.3
-- csf: PR.AA-05, GV.PO-01
-- nhi: NHI5:2025
-- missing: zones
-- remediation: Add `0 issuewild ";"` to the set.
-- Without issuewild the issue properties govern wildcards too, so a set that permits a host
-- certificate permits a wildcard one. A set whose governing properties name nobody is closed.
-- Where no set applies at all CAA-001 speaks.
WITH judged AS (
  SELECT CASE WHEN v.known THEN v.owner ELSE COALESCE(h.apex, h.name) END AS place, k.rank,
    CASE WHEN v.known AND (w.shut OR w.doubt IS NULL) THEN w.shut END AS closed, w.tag
  FROM (
    SELECT apex AS name, apex, tier FROM scope_zone
    UNION SELECT name, apex, tier FROM scope_name WHERE cut IS NULL OR service IS NOT NULL
  ) AS h
  JOIN judged_policy AS p ON p.tier = h.tier AND NOT p.wildcards
  JOIN tier_rank AS k ON k.tier = h.tier
  JOIN caa_relevant AS v ON v.name = h.name
  LEFT JOIN caa_policy AS w ON w.owner = v.owner AND w.wildcard
  WHERE v.owner IS NOT NULL OR NOT v.known
)
SELECT j.place AS subject, t.tier, o.record_owner AS owner,
  CASE WHEN MIN(j.closed) = FALSE THEN FALSE WHEN COUNT(j.closed) = COUNT(*) THEN TRUE END AS holds,
  MIN(j.tag) AS governing_tag, COUNT(*) AS names
FROM judged AS j
JOIN (SELECT place, MIN(rank) AS rank FROM judged GROUP BY place) AS r ON r.place = j.place
JOIN tier_rank AS t ON t.rank = r.rank
JOIN name_owner AS o ON o.name = j.place
GROUP BY j.place, t.tier, o.record_owner
