-- may: obtain
-- kind: persistent grant
-- ends by: remove the record, or deactivate the account
SELECT DISTINCT p.name || ' for ' || COALESCE(p.accounturi, 'any account') || ' at ' || p.issuer, p.until,
  o.record_owner, FALSE, p.until_valid
FROM persist AS p JOIN name_owner AS o ON o.name = p.base CROSS JOIN moment AS m
WHERE p.base IN ({above}) AND (p.until IS NULL OR p.until >= m.now)
