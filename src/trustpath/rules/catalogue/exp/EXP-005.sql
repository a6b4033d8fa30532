-- id: EXP-005
-- title: Endpoints of one name serve different certificates
-- says: {leaves} different certificates are served for {subject}, such as {certificate} and
--   {other_certificate}.
-- subject: name and port
-- severity: public=medium partner=medium internal=low workload=low
-- gate: observe
-- inputs: E O
-- source: catalogue F.wave2
-- csf: PR.PS-01, DE.AE-03
-- missing: endpoints
-- remediation: Finish the rollout, or record a staged one as an exception with an end.
-- Only names with several addresses, or with several leaves seen, are subjects. A difference is
-- tolerated for as long after the newest leaf's issue as the tier gives a deployment; how long the
-- difference itself has lasted is not observed more closely than that.
SELECT b.name || ':' || b.port AS subject, b.tier, b.owner,
  CASE
    WHEN COUNT(DISTINCT b.leaf) > 1 THEN CASE
      WHEN MAX(b.not_before) + MIN(p.deploy_sla) < MIN(m.now) AND COUNT(b.not_before) = COUNT(b.leaf) THEN FALSE
      WHEN MAX(b.not_before) + MIN(p.deploy_sla) >= MIN(m.now) AND COUNT(b.leaf) = COUNT(*) THEN TRUE END
    WHEN COUNT(b.leaf) = COUNT(*) THEN TRUE
  END AS holds,
  CASE
    WHEN COUNT(b.leaf) < COUNT(*) THEN 'endpoints' WHEN COUNT(p.tier) = 0 THEN 'policy' ELSE 'certificates'
  END AS missing,
  COUNT(DISTINCT b.leaf) AS leaves, COUNT(DISTINCT b.address) AS addresses,
  MIN(b.leaf) AS certificate,
  CASE WHEN MAX(b.leaf) <> MIN(b.leaf) THEN MAX(b.leaf) END AS other_certificate
FROM scope_binding AS b
CROSS JOIN moment AS m
LEFT JOIN judged_policy AS p ON p.tier = b.tier
GROUP BY b.name, b.port, b.tier, b.owner
HAVING COUNT(DISTINCT b.address) > 1 OR COUNT(DISTINCT b.leaf) > 1
