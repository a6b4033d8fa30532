-- id: CT-009
-- title: Issued against CAA
-- says: {issuer} issued a certificate for {name} ({logged}), which the CAA set at {caa_at} does not permit.
-- subject: logged certificate and name
-- severity: public=critical partner=high internal=- workload=-
-- gate: observe
-- inputs: T Z H
-- source: catalogue F.CT; RFC 8659 3 to 5, BR 4.2.2.1
-- csf: DE.AE-02, RS.CO-03, GV.SC-08
-- nhi: NHI3:2025
-- missing: declaration
-- decides: declare the CA with its issuers and CAA names (cas)
-- remediation: Send the CA a certificate problem report; it has 24 hours.
-- A CA may act on a CAA set it looked up in the eight hours before. Today's set speaks for that window
-- when the zone was already observed and neither CAA nor aliases on the path of the climb have changed
-- since the window opened. Account and method of the order are not logged, so a property that is bound
-- to them may have permitted it: only a CA that no property names at all issued against the set.
WITH logged AS (
  SELECT DISTINCT c.id, n.name, n.base, n.wildcard, n.apex, n.cut, c.issuer, c.issuer_organisation, c.logged_at - 28800 AS opened,
    n.tier, n.owner
  FROM scope_ct_certificate AS c
  JOIN scope_ct_name AS n ON n.serial = c.serial AND n.issuer_organisation = c.issuer_organisation
  JOIN owned_name AS o ON o.name = n.base
),
changed AS (
  SELECT name, MAX(CASE WHEN gone_at IS NOT NULL AND gone_at > first_seen THEN gone_at ELSE first_seen END) AS changed_at
  FROM rdata_history WHERE type IN ('CAA', 'CNAME', 'DNAME') GROUP BY name
),
moved AS (
  SELECT c.base, MAX(h.changed_at) AS changed_at FROM ct_climb AS c JOIN changed AS h ON h.name = c.here GROUP BY c.base
),
issuer AS (
  SELECT l.id, MIN(i.ca) AS ca
  FROM (SELECT DISTINCT id, issuer, issuer_organisation FROM logged) AS l
  JOIN ca_issuer AS i ON i.value = l.issuer_organisation AND i.kind = 'organisation'
  GROUP BY l.id
  UNION
  SELECT l.id, MIN(i.ca)
  FROM (SELECT DISTINCT id, issuer FROM logged) AS l
  JOIN ca_issuer AS i ON i.value = l.issuer AND i.kind = 'dn'
  GROUP BY l.id
),
named AS (
  SELECT i.id, COUNT(*) AS issuers, COUNT(d.identity) AS identities
  FROM issuer AS i LEFT JOIN ca_identity AS d ON d.ca = i.ca GROUP BY i.id
),
granted AS (
  SELECT i.id, g.owner, g.wildcard, MIN(CASE WHEN g.doubt IS NULL THEN 0 ELSE 1 END) AS doubtful
  FROM issuer AS i JOIN caa_grant AS g ON g.ca = i.ca GROUP BY i.id, g.owner, g.wildcard
),
anyone AS (
  SELECT p.owner, p.wildcard, MAX(CASE WHEN (c.well_formed OR c.doubt IS NOT NULL) AND c.issuer <> '' THEN 1 ELSE 0 END) AS somebody
  FROM caa_policy AS p JOIN caa_record AS c ON c.name = p.owner AND c.tag = p.tag GROUP BY p.owner, p.wildcard
)
SELECT l.id || ' ' || l.name AS subject, l.tier, l.owner,
  CASE
    WHEN v.known = FALSE OR f.first_seen IS NULL OR f.first_seen > l.opened OR COALESCE(m.changed_at, 0) > l.opened THEN NULL
    WHEN v.owner IS NULL THEN TRUE
    WHEN p.blocked THEN FALSE
    WHEN NOT p.restricted THEN CASE WHEN p.doubt IS NULL THEN TRUE END
    WHEN g.id IS NOT NULL THEN CASE WHEN g.doubtful = 0 THEN TRUE END
    WHEN COALESCE(s.somebody, 0) = 0 THEN FALSE
    WHEN k.identities > 0 THEN FALSE
  END AS holds,
  l.id AS logged, l.name, v.owner AS caa_at, l.issuer, l.opened, m.changed_at,
  CASE WHEN v.known = FALSE THEN 'zones' WHEN f.first_seen <= l.opened AND COALESCE(m.changed_at, 0) <= l.opened THEN 'declaration'
    ELSE 'history' END AS missing
FROM logged AS l
JOIN caa_relevant AS v ON v.name = l.base
LEFT JOIN caa_policy AS p ON p.owner = v.owner AND p.wildcard = l.wildcard
LEFT JOIN (SELECT name, MIN(first_seen) AS first_seen FROM rrset_history GROUP BY name) AS f ON f.name = l.apex AND l.cut IS NULL
LEFT JOIN moved AS m ON m.base = l.base
LEFT JOIN granted AS g ON g.id = l.id AND g.owner = v.owner AND g.wildcard = l.wildcard
LEFT JOIN anyone AS s ON s.owner = v.owner AND s.wildcard = l.wildcard
LEFT JOIN named AS k ON k.id = l.id
