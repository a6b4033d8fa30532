-- id: DANE-002
-- title: Next key not announced
-- says: The next key {next_spki} of the certificate {certificate} has no TLSA record at {lookup}[ and goes into
--   use on {deploy_at}].
-- subject: TLSA RRset and the planned key change
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z C P
-- source: catalogue F.DANE; RFC 7671 8.1 and 8.2
-- csf: ID.RA-07, PR.PS-01
-- missing: changes
-- decides: declare the next key (rekeys)
-- remediation: Publish a record for the next key beside the current one, wait twice its TTL, then deploy.
-- A declared rekey that is still to come, or a renewal job that makes a new key each time, of a
-- certificate that a host with records for leaf keys serves or announces. A record that we cannot
-- compare with the next key, or one for a CA, may be what covers it.
WITH plan AS (
  SELECT k.certificate, k.next_spki, MIN(k.deploy_at) AS deploy_at
  FROM rekey AS k CROSS JOIN moment AS m
  WHERE COALESCE(k.deploy_at, m.now) >= m.now
  GROUP BY k.certificate, k.next_spki
  UNION ALL
  SELECT j.certificate, CAST(NULL AS TEXT), MIN(j.next_renewal)
  FROM job AS j LEFT JOIN (SELECT DISTINCT certificate FROM rekey) AS k ON k.certificate = j.certificate
  WHERE j.active AND j.rekey AND j.certificate IS NOT NULL AND k.certificate IS NULL
  GROUP BY j.certificate
),
place AS (
  SELECT m.lookup, p.certificate FROM plan AS p JOIN tlsa_match AS m ON m.leaf = p.certificate
  UNION
  SELECT s.lookup, p.certificate FROM plan AS p JOIN tlsa AS t ON t.data = p.certificate JOIN tlsa_service AS s ON s.name = t.name
  UNION
  SELECT s.lookup, p.certificate FROM plan AS p JOIN certificate AS c ON c.fingerprint = p.certificate
  JOIN tlsa AS t ON t.data = c.spki JOIN tlsa_service AS s ON s.name = t.name
)
SELECT s.lookup || ' ' || p.certificate || COALESCE(' ' || p.next_spki, '') AS subject, s.tier, s.owner,
  CASE
    WHEN p.next_spki IS NULL THEN NULL
    WHEN MAX(CASE WHEN t.usage IN (1, 3) AND t.selector = 1 AND t.matching = 1 AND t.data = p.next_spki THEN 1 ELSE 0 END) = 1 THEN TRUE
    WHEN MIN(CASE WHEN t.usage IN (1, 3) AND t.selector = 1 AND t.matching = 1 THEN 1 ELSE 0 END) = 1 THEN FALSE
  END AS holds,
  s.lookup, p.certificate, p.next_spki, p.deploy_at
FROM place AS l
JOIN plan AS p ON p.certificate = l.certificate
JOIN scope_tlsa_service AS s ON s.lookup = l.lookup
JOIN tlsa AS t ON t.name = s.name
JOIN node AS q ON q.name = t.name AND COALESCE(q.apex, t.zone) = t.zone
GROUP BY s.lookup, p.certificate, p.next_spki, p.deploy_at, s.tier, s.owner
HAVING MAX(CASE WHEN t.usage IN (1, 3) THEN 1 ELSE 0 END) = 1
