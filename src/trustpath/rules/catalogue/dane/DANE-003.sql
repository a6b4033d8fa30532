-- id: DANE-003
-- title: Next key used too soon after its TLSA record
-- says: The next key at {lookup} was announced on {announced_time} and goes into use on {deploy_time}, before
--   twice the TTL of {ttl} has passed.
-- subject: TLSA RRset and the next key
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z H
-- source: catalogue F.DANE; RFC 7671 8.1
-- csf: PR.PS-01, ID.RA-07
-- missing: changes
-- decides: declare when the next key goes into use (rekeys)
-- remediation: Delay the deployment until twice the TTL has passed since the record for the next key was published.
-- The wait starts when the record was first seen. One that was there when history begins may be
-- older than that, so a wait that seems too short is then unknown.
SELECT s.lookup || ' ' || k.next_spki AS subject, s.tier, s.owner,
  CASE
    WHEN MIN(k.deploy_at) >= MIN(h.first_seen) + 2 * MAX(r.ttl) THEN TRUE
    WHEN MIN(h.first_seen) > MIN(m.history_since) AND COUNT(k.deploy_at) > 0 AND COUNT(r.ttl) > 0 THEN FALSE
  END AS holds,
  s.lookup, MIN(k.deploy_at) AS deploy_time, MIN(h.first_seen) AS announced_time, MIN(k.deploy_at) AS deploy_at, MIN(h.first_seen) AS announced, MAX(r.ttl) AS ttl,
  CASE WHEN COUNT(k.deploy_at) = 0 THEN 'changes' WHEN COUNT(r.ttl) = 0 THEN 'zones' ELSE 'history' END AS missing
FROM rekey AS k
CROSS JOIN moment AS m
JOIN tlsa AS t ON t.data = k.next_spki AND t.usage IN (1, 3) AND t.selector = 1 AND t.matching = 1
JOIN node AS q ON q.name = t.name AND COALESCE(q.apex, t.zone) = t.zone
JOIN scope_tlsa_service AS s ON s.name = t.name
LEFT JOIN rrset AS r ON r.zone = t.zone AND r.name = t.name AND r.type = 'TLSA'
LEFT JOIN rdata_history AS h ON h.name = t.name AND h.type = 'TLSA' AND h.rdata = t.usage || ' 1 1 ' || t.data
WHERE COALESCE(k.deploy_at, m.now) >= m.now
GROUP BY s.lookup, k.next_spki, s.tier, s.owner
