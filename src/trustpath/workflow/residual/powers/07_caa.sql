-- may: obtain
-- kind: CAA
-- ends by: narrow CAA
SELECT DISTINCT c.tag || ' ' || c.value || ' at ' || c.name, CAST(NULL AS BIGINT), o.record_owner, FALSE, v.known
FROM caa_relevant AS v JOIN caa_record AS c ON c.name = v.owner LEFT JOIN name_owner AS o ON o.name = v.owner
WHERE v.name = {name} AND c.tag IN ('issue', 'issuewild') AND c.issuer <> ''
