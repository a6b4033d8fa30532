-- may: obtain
-- kind: validation token
-- ends by: remove the record
SELECT DISTINCT v.name || ' ' || v.type || ' (' || v.scheme || ')', CAST(NULL AS BIGINT), o.record_owner, FALSE, TRUE
FROM validation_name AS v JOIN name_owner AS o ON o.name = v.base
WHERE v.base IN ({above}) AND v.type NOT IN ('CNAME', 'NS') AND v.scheme <> 'persist'
