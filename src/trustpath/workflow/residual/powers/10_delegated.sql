-- may: write
-- kind: delegated challenge
-- ends by: remove the delegation
SELECT DISTINCT v.name || ' ' || v.type || ' ' || v.rdata, CAST(NULL AS BIGINT), o.record_owner,
  COALESCE(d.apex IS NULL OR d.cut IS NOT NULL, TRUE) OR l.name IS NOT NULL, TRUE
FROM validation_name AS v
JOIN name_owner AS o ON o.name = v.base
LEFT JOIN canonical_name AS k ON k.name = v.name
LEFT JOIN node AS d ON d.name = COALESCE(k.final, substr(v.rdata, 1, length(v.rdata) - 1))
LEFT JOIN (SELECT DISTINCT name FROM lent_name WHERE outside OR tenant IS NOT NULL) AS l ON l.name = v.name
WHERE v.base IN ({above}) AND v.type IN ('CNAME', 'NS')
