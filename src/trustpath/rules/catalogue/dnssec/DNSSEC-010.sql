-- id: DNSSEC-010
-- title: Provider move without keys published on both sides
-- says: Change {change} moves {zone} to other name servers, but {fault}[; they are safe from {safe_time} on].
-- subject: proposed change and zone
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z H
-- source: catalogue F.DNSSEC; RFC 8901 3 and 5, RFC 6781 4.3.5
-- csf: GV.SC-10, ID.RA-07
-- missing: declaration
-- decides: declare the keys of the plan (dnssec)
-- remediation: Import each side's zone keys on the other side and wait a TTL, or go insecure in a planned way.
-- A change that adds and takes away name servers of a signed zone. The keys of the approved plan have
-- to be in the present DNSKEY set, and to have been there for its TTL. A plan to go unsigned is a
-- planned way; without a plan nobody knows the next signer's keys.
WITH move AS (
  SELECT c.change, c.name AS zone,
    MAX(CASE WHEN c.action = 'add' THEN 1 ELSE 0 END) AS adds, MAX(CASE WHEN c.action = 'remove' THEN 1 ELSE 0 END) AS removes
  FROM change_record AS c JOIN open_change AS g ON g.id = c.change
  WHERE c.type = 'NS'
  GROUP BY c.change, c.name
),
key AS (
  SELECT k.name, k.key_tag, MIN(h.first_seen) AS first_seen, MAX(r.ttl) AS ttl
  FROM dnskey AS k
  LEFT JOIN rdata_history AS h ON h.name = k.name AND h.type = 'DNSKEY'
    AND h.rdata = k.flags || ' 3 ' || k.algorithm || ' ' || k.public_key
  LEFT JOIN rrset AS r ON r.name = k.name AND r.type = 'DNSKEY'
  WHERE k.type = 'DNSKEY'
  GROUP BY k.name, k.key_tag
),
plan AS (
  SELECT e.zone, MAX(CASE WHEN e.unsign THEN 1 ELSE 0 END) AS unsign, COUNT(e.key_tag) AS signers,
    COUNT(k.key_tag) AS published, MAX(k.first_seen + k.ttl) AS ready_at,
    COUNT(k.first_seen + k.ttl) AS timed, MAX(k.first_seen) AS newest
  FROM (SELECT DISTINCT zone, key_tag, unsign FROM expected_signer) AS e
  LEFT JOIN key AS k ON k.name = e.zone AND k.key_tag = e.key_tag
  GROUP BY e.zone
)
SELECT v.change || ' ' || v.zone AS subject, z.tier, z.owner,
  CASE
    WHEN p.unsign = 1 THEN TRUE
    WHEN z.signed IS NULL OR COALESCE(p.signers, 0) = 0 THEN NULL
    WHEN p.published < p.signers THEN FALSE
    WHEN p.timed = p.published AND p.ready_at <= COALESCE(g.opens, m.now) THEN TRUE
    WHEN p.timed = p.published AND p.newest > m.history_since THEN FALSE
  END AS holds,
  v.change, v.zone, p.signers, p.published, p.ready_at,
  CASE
    WHEN p.unsign = 1 OR z.signed IS NULL OR COALESCE(p.signers, 0) = 0 THEN NULL
    WHEN p.published < p.signers THEN 'not all keys of the plan are in its DNSKEY set'
    WHEN p.timed = p.published AND p.ready_at <= COALESCE(g.opens, m.now) THEN NULL
    WHEN p.timed = p.published AND p.newest > m.history_since THEN 'the keys of the plan were published only now'
  END AS fault,
  CASE WHEN p.published = p.signers AND p.ready_at > COALESCE(g.opens, m.now) THEN p.ready_at END AS safe_time,
  CASE WHEN COALESCE(p.signers, 0) > 0 AND z.signed THEN 'history' WHEN z.signed THEN 'declaration' ELSE 'zones' END AS missing
FROM move AS v
JOIN open_change AS g ON g.id = v.change
CROSS JOIN moment AS m
JOIN scope_zone AS z ON z.apex = v.zone
LEFT JOIN dnssec_state AS d ON d.name = v.zone
LEFT JOIN plan AS p ON p.zone = v.zone
WHERE v.adds = 1 AND v.removes = 1 AND COALESCE(z.signed, d.secure, TRUE)
