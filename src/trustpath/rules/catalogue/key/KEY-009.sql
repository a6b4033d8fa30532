-- id: KEY-009
-- title: DNS write credential too strong or too old
-- says: The DNS credential {subject} ({kind})[ may write {too_wide}, which reaches beyond the names of its
--   service {service}][ is in use since {too_old_since}, longer than allowed].
-- subject: credential that may write DNS records
-- severity: public=high partner=high internal=high workload=high
-- gate: gate
-- inputs: P O K
-- source: catalogue F.KEY
-- csf: PR.AA-05, PR.AA-01
-- nhi: NHI5:2025, NHI7:2025
-- missing: accounts
-- decides: declare `scopes` and `created` of the credential (credentials)
-- remediation: Scope the credential to the validation names of its own service, and rotate it.
-- What a service owns is its names and what lies below them up to another service's, which includes its validation names. A
-- scope that starts anywhere else is too wide, and so is a subtree in which another service has a
-- name; that there is none can only be said where services are claimed to be complete. The age limit
-- is the credential's own, else the key age of the tier.
WITH RECURSIVE
holder AS (
  SELECT c.id, COALESCE(c.service, z.service) AS service FROM credential AS c LEFT JOIN job AS z ON z.id = c.job
  WHERE c.kind IN ('tsig', 'sig0', 'api')
),
up(id, scope, here, steps) AS (
  SELECT h.id, s.base, s.base, 0 FROM holder AS h JOIN credential_scope AS s ON s.credential = h.id
  UNION
  SELECT id, scope, substr(here, instr(here, '.') + 1), steps + 1 FROM up WHERE instr(here, '.') > 0
),
nearest AS (
  SELECT u.id, u.scope, MIN(u.steps) AS steps FROM up AS u JOIN service_name AS n ON n.base = u.here GROUP BY u.id, u.scope
),
own AS (
  SELECT DISTINCT u.id, u.scope FROM up AS u
  JOIN nearest AS v ON v.id = u.id AND v.scope = u.scope AND v.steps = u.steps
  JOIN holder AS h ON h.id = u.id
  JOIN service_name AS n ON n.base = u.here AND n.service = h.service
),
down(id, scope, here) AS (
  SELECT o.id, o.scope, o.scope FROM own AS o
  JOIN credential_scope AS s ON s.credential = o.id AND s.base = o.scope WHERE s.subtree
  UNION
  SELECT p.id, p.scope, d.name FROM down AS p JOIN domain AS d ON d.parent = p.here
),
strange AS (
  SELECT DISTINCT p.id, p.scope FROM down AS p
  JOIN holder AS h ON h.id = p.id
  JOIN service_name AS n ON n.base = p.here WHERE n.service <> h.service
),
breadth AS (
  SELECT h.id, COUNT(s.base) AS scopes, MIN(CASE WHEN o.scope IS NULL OR x.scope IS NOT NULL THEN s.base END) AS wide,
    MAX(CASE WHEN s.subtree THEN 1 ELSE 0 END) AS subtrees
  FROM holder AS h
  LEFT JOIN credential_scope AS s ON s.credential = h.id
  LEFT JOIN own AS o ON o.id = h.id AND o.scope = s.base
  LEFT JOIN strange AS x ON x.id = h.id AND x.scope = s.base AND s.subtree
  GROUP BY h.id
)
SELECT c.id AS subject, COALESCE(s.tier, z.tier, o.default_tier, 'public') AS tier,
  COALESCE(c.owner, z.job_owner, s.owner) AS owner,
  CASE
    WHEN s.id IS NOT NULL AND b.wide IS NOT NULL THEN FALSE
    WHEN m.now - c.created_at > COALESCE(c.max_age, p.key_age) THEN FALSE
    WHEN s.id IS NULL OR b.scopes = 0 OR c.created_at IS NULL OR COALESCE(c.max_age, p.key_age) IS NULL THEN NULL
    WHEN b.subtrees = 0 OR w.closed THEN TRUE
  END AS holds,
  CASE
    WHEN s.id IS NULL THEN 'services' WHEN b.scopes = 0 OR c.created_at IS NULL THEN 'accounts'
    WHEN COALESCE(c.max_age, p.key_age) IS NULL THEN 'policy' ELSE 'complete'
  END AS missing,
  c.kind, s.id AS service, CASE WHEN s.id IS NOT NULL THEN b.wide END AS too_wide, c.created_at,
  CASE WHEN (s.id IS NULL OR b.wide IS NULL) AND m.now - c.created_at > COALESCE(c.max_age, p.key_age) THEN c.created_at END AS too_old_since
FROM credential AS c
JOIN holder AS h ON h.id = c.id
JOIN breadth AS b ON b.id = c.id
CROSS JOIN moment AS m
LEFT JOIN job_state AS z ON z.id = c.job
LEFT JOIN service AS s ON s.id = h.service
LEFT JOIN organisation AS o ON TRUE
LEFT JOIN judged_policy AS p ON p.tier = COALESCE(s.tier, z.tier, o.default_tier, 'public')
LEFT JOIN closed AS w ON w.kind = 'services'
