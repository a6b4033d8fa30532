-- may: authenticate
-- kind: logged certificate
-- ends by: find its key; have the CA revoke it
SELECT DISTINCT 'certificate in ' || e.log || ' by ' || e.issuer || ' (serial ' || e.serial || ')', e.not_after, CAST(NULL AS TEXT), FALSE, FALSE
FROM ct_name AS n
JOIN ct_entry AS e ON e.log = n.log AND e.entry = n.entry
CROSS JOIN moment AS m
LEFT JOIN certificate AS c ON c.serial = e.serial AND c.issuer = e.issuer
WHERE n.name IN ({covering}) AND e.not_after >= m.now AND c.serial IS NULL
