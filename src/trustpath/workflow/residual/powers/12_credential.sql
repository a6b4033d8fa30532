-- may: write
-- kind: credential
-- ends by: withdraw or narrow the credential
SELECT DISTINCT c.kind || ' credential ' || c.id || ' over ' || CASE WHEN s.base = '' THEN 'everything' ELSE s.base END
    || CASE WHEN s.subtree THEN ' and below' ELSE '' END,
  CASE WHEN c.max_age IS NOT NULL AND c.created_at IS NOT NULL THEN c.created_at + c.max_age END,
  c.owner, FALSE, TRUE
FROM credential AS c JOIN credential_scope AS s ON s.credential = c.id
WHERE (s.base IN ({above}) AND (s.subtree OR s.base = {name})) OR s.base IN ({challenges}) OR s.base = ''
