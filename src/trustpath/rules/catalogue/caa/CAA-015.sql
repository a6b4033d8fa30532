-- id: CAA-015
-- title: CAA permits no CA that could issue
-- says: The CAA set at {caa_at} permits no CA that could issue {name}: neither {ca} of the {kind} {id} nor
--   another approved one.
-- subject: certificate or job, and name
-- severity: public=critical partner=high internal=- workload=-
-- gate: gate
-- inputs: Z C P
-- source: catalogue F.CAA; RFC 8659 3
-- csf: ID.RA-07, PR.IR-03
-- missing: declaration
-- decides: declare whether the CA looks at CAA, and by which names (cas.caa)
-- remediation: Permit a CA with which you can issue. To move to another CA, add it to the set, migrate, and
--   only then remove the old one.
-- CAA-002 asks whether the present CA may renew; this asks whether anybody could: the present CA, or
-- any other approved CA of the estate through a property that is free or bound to a valid account.
WITH usable AS (
  SELECT g.owner, g.wildcard,
    MAX(CASE WHEN g.doubt IS NOT NULL THEN 1 WHEN g.accounturi IS NULL OR a.status = 'valid' THEN 2 WHEN a.uri IS NULL AND k.ca IS NULL THEN 1 ELSE 0 END) AS way
  FROM caa_grant AS g
  JOIN ca ON ca.id = g.ca AND ca.approved
  LEFT JOIN acme_account AS a ON a.uri = g.accounturi AND a.ca = g.ca
  LEFT JOIN (SELECT DISTINCT ca FROM acme_account) AS k ON k.ca = g.ca
  GROUP BY g.owner, g.wildcard
)
SELECT p.kind || ' ' || p.id || ' ' || p.name AS subject, r.tier, r.owner,
  CASE
    WHEN NOT p.known THEN NULL
    WHEN p.may THEN TRUE
    WHEN u.way = 2 THEN TRUE
    WHEN p.may IS NULL OR u.way = 1 THEN NULL
    ELSE FALSE
  END AS holds,
  p.kind, p.id, p.name, p.ca, p.owner_name AS caa_at,
  CASE WHEN NOT p.known THEN 'zones' WHEN p.ca IS NULL THEN 'jobs' WHEN p.checks_caa IS NULL THEN 'declaration' ELSE 'accounts' END AS missing
FROM caa_permission AS p
JOIN issuance_request AS r ON r.kind = p.kind AND r.id = p.id AND r.name = p.name
LEFT JOIN usable AS u ON u.owner = p.owner_name AND u.wildcard = p.wildcard
WHERE COALESCE(p.checks_caa, TRUE) AND (p.owner_name IS NOT NULL OR NOT p.known)
