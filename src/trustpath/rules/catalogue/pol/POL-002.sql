-- id: POL-002
-- title: CA not approved for the tier
-- says: The CA {authority} of the {subject}[ ({name})] {fault}.
-- subject: certificate or job
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: C K
-- source: catalogue F.POL
-- csf: GV.PO-01, GV.SC-06
-- nhi: NHI3:2025
-- missing: declaration
-- decides: declare the CA with its issuers (cas.issuers), and claim the CAs complete
-- remediation: Use a CA that policy approves for this tier, or have it approved.
-- A CA without tiers of its own is approved for all of them. An issuer that belongs to none of the
-- declared CAs is not approved where these are claimed to be all there are, else unknown. Public CAs need
-- the tier's consent as well. Profiles are not part of the policy yet.
WITH listed AS (SELECT ca, COUNT(*) AS tiers FROM ca_tier GROUP BY ca),
used AS (
  SELECT 'certificate ' || c.certificate AS subject, c.tier, c.owner, c.ca, c.issuer, c.label AS name, c.publicly_issued
  FROM scope_certificate AS c WHERE c.live
  UNION ALL
  SELECT 'job ' || j.id, j.tier, j.job_owner, j.ca, CAST(NULL AS TEXT), CAST(NULL AS TEXT), a.public
  FROM job_state AS j LEFT JOIN ca AS a ON a.id = j.ca WHERE j.active
)
SELECT u.subject, u.tier, u.owner,
  CASE
    WHEN a.id IS NULL THEN CASE WHEN s.closed AND u.issuer IS NOT NULL THEN FALSE END
    WHEN NOT a.approved THEN FALSE
    WHEN l.tiers > 0 AND NOT d.whole THEN NULL
    WHEN l.tiers > 0 AND t.tier IS NULL THEN FALSE
    WHEN p.public_ca THEN TRUE
    WHEN p.public_ca = FALSE THEN NOT u.publicly_issued
  END AS holds,
  CASE
    WHEN a.id IS NULL AND u.issuer IS NULL THEN 'jobs' WHEN a.id IS NULL THEN 'declaration'
    WHEN p.public_ca = FALSE THEN 'roots' ELSE 'policy'
  END AS missing,
  COALESCE(u.ca, u.issuer) AS authority,
  CASE
    WHEN a.id IS NULL THEN CASE WHEN s.closed AND u.issuer IS NOT NULL THEN 'is not declared' END
    WHEN NOT a.approved THEN 'is not approved'
    WHEN l.tiers > 0 AND NOT d.whole THEN NULL
    WHEN l.tiers > 0 AND t.tier IS NULL THEN 'is not approved for this tier'
    WHEN p.public_ca = FALSE AND u.publicly_issued THEN 'is a public one, which policy excludes on this tier'
  END AS fault,
  u.ca, u.issuer, u.name
FROM used AS u
LEFT JOIN closed AS s ON s.kind = 'cas'
CROSS JOIN declared AS d
LEFT JOIN ca AS a ON a.id = u.ca
LEFT JOIN listed AS l ON l.ca = u.ca
LEFT JOIN ca_tier AS t ON t.ca = u.ca AND t.tier = u.tier
LEFT JOIN judged_policy AS p ON p.tier = u.tier
