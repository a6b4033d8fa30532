-- id: REV-007
-- title: Revocation without a replacement in place
-- says: The certificate {subject} is to be revoked ({reason}), but {still_at} still serves it (places:
--   {places}).
-- subject: certificate to be revoked
-- severity: public=critical partner=high internal=high workload=high
-- gate: gate
-- inputs: C E
-- source: catalogue F.REV
-- csf: ID.RA-07, RC.RP-02
-- missing: complete
-- remediation: Deploy the replacement first. A compromised key is revoked at once, outage accepted.
-- As long as one endpoint still serves the certificate the replacement has not arrived there. That
-- none does can only be said where the endpoints are claimed to be complete. Requests for key
-- compromise are exempt.
SELECT q.certificate AS subject, COALESCE(s.tier, o.default_tier, 'public') AS tier, s.owner,
  CASE WHEN p.places > 0 THEN FALSE WHEN w.closed THEN TRUE END AS holds,
  q.reason, q.replacement, p.places, p.example AS still_at
FROM (
  SELECT certificate, MIN(reason) AS reason, MIN(replacement) AS replacement
  FROM revocation_request
  WHERE lower(reason) NOT IN ('keycompromise', 'key compromise', 'key-compromise')
  GROUP BY certificate
) AS q
LEFT JOIN certificate_state AS s ON s.certificate = q.certificate
LEFT JOIN (
  SELECT leaf, COUNT(*) AS places, MIN(address) AS example FROM presentation WHERE leaf IS NOT NULL GROUP BY leaf
) AS p ON p.leaf = q.certificate
LEFT JOIN organisation AS o ON TRUE
LEFT JOIN closed AS w ON w.kind = 'endpoints'
