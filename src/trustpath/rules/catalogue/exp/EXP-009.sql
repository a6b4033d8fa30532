-- id: EXP-009
-- title: Issuer certificate ends too early
-- says: {name} at {address}:{port} depends on an issuer certificate that ends on {path_not_after}; its own
--   certificate ends on {not_after}.
-- subject: name at an address and port
-- severity: public=high partner=high internal=medium workload=medium
-- gate: observe
-- inputs: E C
-- source: catalogue F.wave2; RFC 5280 6.1.3
-- csf: ID.AM-08, GV.SC-07
-- missing: endpoints
-- remediation: Serve the replacement of the intermediate, and reissue before the old one ends.
-- Judged over the path that is built from what the endpoint serves: every issuing certificate below
-- the root must outlast the leaf and have more than 30 days left. A complete path without an
-- intermediate has nothing that could end early.
SELECT name || ' ' || address || ':' || port AS subject, tier, owner,
  CASE WHEN MIN(outlasts) = FALSE THEN FALSE WHEN COUNT(outlasts) = COUNT(*) THEN TRUE END AS holds,
  name, address, port, MIN(path_not_after) AS path_not_after, MIN(not_after) AS not_after, MIN(leaf) AS certificate, MIN(reason) AS reason
FROM (
  SELECT b.*, CASE
      WHEN b.leaf IS NULL THEN NULL
      WHEN b.path_not_after IS NULL AND b.complete THEN TRUE
      ELSE b.path_not_after >= b.not_after AND b.path_not_after > m.now + 2592000
    END AS outlasts
  FROM scope_binding AS b CROSS JOIN moment AS m
) AS seen
GROUP BY name, address, port, tier, owner
