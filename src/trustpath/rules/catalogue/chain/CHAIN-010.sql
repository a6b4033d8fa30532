-- id: CHAIN-010
-- title: No second CA for a critical service
-- says: The critical service {subject} can obtain certificates from {usable} of the {configured} CAs set up for
--   it; it needs two.
-- subject: critical service
-- severity: public=low partner=low internal=low workload=low
-- gate: observe
-- inputs: C P Z O
-- source: catalogue F.CHAIN; BR 5.7.1 (mass revocation), RFC 8659
-- csf: GV.SC-08, PR.IR-03, ID.IM-02
-- missing: policy
-- decides: declare the CAs (cas) and which of them the service uses
-- remediation: Add a second CA, let CAA permit it, and rehearse issuing from it.
-- A source is a CA that is configured (declared for the service, or where none is, approved for its tier),
-- approved, tried at least once, usable (an ACME CA needs a valid account) and permitted by CAA for
-- every name of the service. A CAA property that is bound to an account counts with a known one.
WITH critical AS (
  SELECT s.id, s.tier, s.owner FROM service AS s WHERE s.critical AND s.state = 'active'
),
declared AS (SELECT DISTINCT service FROM service_ca),
configured AS (
  SELECT c.id AS service, x.ca FROM critical AS c JOIN service_ca AS x ON x.service = c.id
  UNION
  SELECT c.id, t.ca FROM critical AS c JOIN ca_tier AS t ON t.tier = c.tier
  LEFT JOIN declared AS d ON d.service = c.id WHERE d.service IS NULL
),
grant_ca AS (
  SELECT g.owner, g.wildcard, g.ca, MIN(CASE WHEN g.doubt IS NULL THEN 0 ELSE 1 END) AS doubtful FROM caa_grant AS g
  LEFT JOIN acme_account AS a ON a.uri = g.accounturi AND a.ca = g.ca AND a.status = 'valid'
  WHERE g.accounturi IS NULL OR a.uri IS NOT NULL
  GROUP BY g.owner, g.wildcard, g.ca
),
allowed AS (
  SELECT f.service, f.ca,
    MIN(CASE
      WHEN a.checks_caa = FALSE THEN 1
      WHEN v.known IS NULL OR v.known = FALSE THEN NULL
      WHEN v.owner IS NULL THEN 1
      WHEN NOT p.blocked AND p.doubt IS NULL AND (NOT p.restricted OR (g.ca IS NOT NULL AND g.doubtful = 0)) THEN 1
      WHEN p.blocked OR (p.restricted AND g.ca IS NULL) THEN CASE WHEN a.checks_caa THEN 0 END
      END) AS permits,
    MAX(CASE
      WHEN a.checks_caa = FALSE THEN 0
      WHEN v.known IS NULL OR v.known = FALSE THEN 1
      WHEN v.owner IS NULL THEN 0
      WHEN NOT p.blocked AND p.doubt IS NULL AND (NOT p.restricted OR (g.ca IS NOT NULL AND g.doubtful = 0)) THEN 0
      WHEN (p.blocked OR (p.restricted AND g.ca IS NULL)) AND a.checks_caa THEN 0
      ELSE 1 END) AS doubt
  FROM configured AS f
  JOIN ca AS a ON a.id = f.ca
  LEFT JOIN service_name AS n ON n.service = f.service
  LEFT JOIN caa_relevant AS v ON v.name = n.base
  LEFT JOIN caa_policy AS p ON p.owner = v.owner AND p.wildcard = n.wildcard
  LEFT JOIN grant_ca AS g ON g.owner = v.owner AND g.wildcard = n.wildcard AND g.ca = f.ca
  GROUP BY f.service, f.ca
),
source AS (
  SELECT w.service, w.ca,
    CASE
      WHEN NOT a.approved OR a.tested_at IS NULL OR (a.acme AND u.ca IS NULL) OR w.permits = 0 THEN 0
      WHEN w.doubt = 0 THEN 1
    END AS usable
  FROM allowed AS w
  JOIN ca AS a ON a.id = w.ca
  LEFT JOIN (SELECT DISTINCT ca FROM acme_account WHERE status = 'valid') AS u ON u.ca = w.ca
)
SELECT c.id AS subject, c.tier, c.owner,
  CASE
    WHEN COALESCE(SUM(s.usable), 0) >= 2 THEN TRUE
    WHEN k.cas = 0 THEN NULL
    WHEN COALESCE(SUM(CASE WHEN s.ca IS NOT NULL AND s.usable IS NULL THEN 1 ELSE s.usable END), 0) < 2 THEN FALSE
  END AS holds,
  COUNT(s.ca) AS configured, COALESCE(SUM(s.usable), 0) AS usable,
  CASE WHEN k.cas = 0 THEN 'policy' ELSE 'zones' END AS missing
FROM critical AS c
JOIN (SELECT COUNT(*) AS cas FROM ca) AS k ON TRUE
LEFT JOIN source AS s ON s.service = c.id
GROUP BY c.id, c.tier, c.owner, k.cas
