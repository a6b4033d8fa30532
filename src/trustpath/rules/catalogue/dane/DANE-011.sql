-- id: DANE-011
-- title: TLSA without a service
-- says: There are TLSA records at {lookup}, but the host {host} has no address[; the last one went on
--   {gone_at}].
-- subject: TLSA RRset
-- severity: public=low partner=low internal=low workload=low
-- gate: gate
-- inputs: Z E H
-- source: catalogue F.DANE
-- csf: ID.AM-08
-- nhi: NHI1:2025
-- missing: endpoints
-- remediation: Delete the RRset, unless the service is about to come.
-- A host without an address for longer than seven days, counted from when the last address went or,
-- where none was ever seen, from when the RRset came. A port that answers in any way is a service; one
-- that refuses now may have done so for a day only, so it is unknown.
WITH look AS (
  SELECT lookup, MAX(CASE WHEN q.outcome IN ('served', 'no-tls', 'alert', 'failed') THEN 1 ELSE 0 END) AS answers,
    MIN(CASE WHEN q.outcome = 'refused' THEN 1 ELSE 0 END) AS refuses
  FROM tlsa_service AS s
  LEFT JOIN name_address AS a ON a.name = s.host
  LEFT JOIN presentation AS q ON q.address_key = a.address_key AND q.port = s.port
  GROUP BY lookup
),
past AS (
  SELECT name, MAX(gone_at) AS gone_at, COUNT(*) - COUNT(gone_at) AS present
  FROM rrset_history WHERE type IN ('A', 'AAAA', 'CNAME') GROUP BY name
),
came AS (SELECT name, MIN(first_seen) AS first_seen FROM rrset_history WHERE type = 'TLSA' GROUP BY name)
SELECT s.lookup || ' TLSA' AS subject, s.tier, s.owner,
  CASE
    WHEN l.answers = 1 THEN TRUE
    WHEN r.resolves = FALSE AND COALESCE(p.gone_at, c.first_seen) < m.now - 604800 AND COALESCE(p.present, 0) = 0 THEN FALSE
  END AS holds,
  s.lookup, s.host, r.resolves, p.gone_at, c.first_seen,
  CASE WHEN r.resolves = FALSE OR l.refuses = 1 THEN 'history' WHEN r.resolves THEN 'endpoints' ELSE 'zones' END AS missing
FROM scope_tlsa_service AS s
CROSS JOIN moment AS m
JOIN name_resolution AS r ON r.name = s.host
LEFT JOIN look AS l ON l.lookup = s.lookup
LEFT JOIN past AS p ON p.name = s.host
LEFT JOIN came AS c ON c.name = s.name
