-- id: REV-008
-- title: CA asks for early renewal
-- says: The CA asks to renew the certificate {subject} early: its window runs from {starts} to {ends}[; before,
--   it began on {former_starts}].
-- subject: certificate with renewal information
-- severity: public=high partner=high internal=high workload=high
-- gate: observe
-- inputs: P
-- source: catalogue F.REV; RFC 9773 4.2
-- csf: RS.MA-01, GV.SC-08
-- nhi: NHI7:2025
-- missing: certificates
-- remediation: Renew now, and show the owner the page that the CA gives as explanation.
-- A window that moved forward by more than a day, or that is over, means that the CA wants the
-- certificate replaced (RFC 9773 4.2). Only a renewal for the same names replaces it; whether the
-- renewal is revoked in turn is another rule's matter.
SELECT c.label || ' ' || c.certificate AS subject, c.tier, c.owner,
  CASE
    WHEN n.certificate IS NOT NULL THEN TRUE
    WHEN a.pressing = 1 THEN FALSE
    ELSE TRUE
  END AS holds,
  a.starts, a.ends, a.former_starts
FROM (
  SELECT i.certificate, MIN(i.starts) AS starts, MIN(i.ends) AS ends, MAX(i.former_starts) AS former_starts,
    MAX(CASE WHEN i.former_starts - i.starts > 86400 OR i.ends < m.now THEN 1 ELSE 0 END) AS pressing
  FROM renewal_info AS i CROSS JOIN moment AS m GROUP BY i.certificate
) AS a
JOIN scope_certificate AS c ON c.certificate = a.certificate
LEFT JOIN (
  SELECT DISTINCT x.certificate FROM successor AS x JOIN certificate AS f ON f.fingerprint = x.certificate
  WHERE x.same_names AND x.not_before > f.not_before
) AS n ON n.certificate = a.certificate
WHERE c.live
UNION ALL
SELECT DISTINCT i.certificate, COALESCE(o.default_tier, 'public'), CAST(NULL AS TEXT),
  CAST(NULL AS BOOLEAN), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT), CAST(NULL AS BIGINT)
FROM renewal_info AS i
LEFT JOIN certificate AS c ON c.fingerprint = i.certificate
LEFT JOIN organisation AS o ON TRUE
WHERE c.fingerprint IS NULL
