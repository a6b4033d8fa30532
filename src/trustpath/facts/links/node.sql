-- Every name as the DNS sees it, with three-valued existence.
-- `source` is the owner name whose records answer for it: itself, the wildcard at the closest
-- encloser (RFC 4592), or NULL. `held` says that we hold its zone in full, so that absence counts;
-- `present` is TRUE, FALSE (NXDOMAIN) or NULL (not known). Where no zone of ours decides, live
-- answers do: one vantage that sees it is enough for TRUE, all must agree for FALSE. A wildcard with
-- NS answers for nobody knows what (RFC 4592 section 4.2): what it would match is not known.
-- index: name; source
SELECT l.name, l.apex, l.cut, l.encloser,
  CASE WHEN l.existing THEN l.name WHEN w.refers = 0 AND l.cut IS NULL THEN w.name END AS source,
  COALESCE(l.whole AND l.cut IS NULL, FALSE) AND COALESCE(w.refers, 0) = 0 AS held,
  CASE
    WHEN l.existing THEN TRUE
    WHEN w.refers = 0 AND l.cut IS NULL THEN TRUE
    WHEN l.whole AND l.cut IS NULL AND w.name IS NULL THEN FALSE
    WHEN a.seen = 1 THEN TRUE
    WHEN a.gone = 1 THEN FALSE
  END AS present,
  COALESCE(NOT l.existing AND w.refers = 0 AND l.cut IS NULL, FALSE) AS synthesised,
  l.zone_owner, l.record_owner, l.name_owner, l.certificate_owner
FROM lineage AS l
LEFT JOIN (
  SELECT base, name, zone, MAX(CASE WHEN type = 'NS' THEN 1 ELSE 0 END) AS refers
  FROM rrset WHERE wildcard GROUP BY base, name, zone
) AS w ON w.base = l.encloser AND w.zone = COALESCE(l.apex, w.zone) AND NOT l.existing
LEFT JOIN (
  SELECT name, MAX(seen) AS seen, MIN(gone) AS gone FROM (
    SELECT final AS name, CASE WHEN outcome IN ('noerror', 'nodata') THEN 1 ELSE 0 END AS seen,
      CASE WHEN outcome = 'nxdomain' THEN 1 ELSE 0 END AS gone
    FROM answer WHERE COALESCE(ede, 0) NOT BETWEEN 15 AND 18
    UNION ALL
    SELECT owner, 1, 0 FROM answer_alias
  ) AS saying GROUP BY name
) AS a ON a.name = l.name
