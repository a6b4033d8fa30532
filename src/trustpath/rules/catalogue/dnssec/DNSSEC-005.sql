-- id: DNSSEC-005
-- title: Retired DNSSEC algorithm or digest
-- says: The zone {zone} uses the retired {kind} {number}.
-- subject: zone, and its keys (DNSKEY) or the parent's digests (DS)
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z
-- source: catalogue F.DNSSEC; RFC 9904, RFC 9905, RFC 9906
-- csf: PR.PS-01, ID.RA-01
-- missing: zones
-- remediation: Roll over to algorithm 13 or 15 with digest type 2, after a look at the IANA registry.
-- The keys and what the parent says of them are two subjects, because each may be seen without the
-- other. Keys that we do not hold are judged by the algorithm in the DS, which tells only of bad ones.
WITH key AS (
  SELECT name, 1 AS held, MAX(CASE WHEN algorithm IN (1, 3, 5, 6, 7, 12) THEN 1 ELSE 0 END) AS retired,
    MIN(CASE WHEN algorithm IN (1, 3, 5, 6, 7, 12) THEN algorithm END) AS number
  FROM dnskey WHERE type = 'DNSKEY' GROUP BY name
),
digest AS (
  SELECT name, MAX(CASE WHEN digest_type IN (1, 3) THEN 1 ELSE 0 END) AS retired,
    MAX(CASE WHEN algorithm IN (1, 3, 5, 6, 7, 12) THEN 1 ELSE 0 END) AS retired_key,
    MIN(CASE WHEN digest_type IN (1, 3) THEN digest_type END) AS number,
    MIN(CASE WHEN algorithm IN (1, 3, 5, 6, 7, 12) THEN algorithm END) AS key_number
  FROM ds WHERE type = 'DS' AND zone <> name GROUP BY name
),
found AS (
  SELECT COALESCE(k.name, d.name) AS name, 'DNSKEY' AS type,
    CASE WHEN k.retired = 1 OR d.retired_key = 1 THEN FALSE WHEN k.retired = 0 THEN TRUE END AS holds,
    COALESCE(k.number, d.key_number) AS number
  FROM (SELECT name FROM key UNION SELECT name FROM digest) AS n
  LEFT JOIN key AS k ON k.name = n.name
  LEFT JOIN digest AS d ON d.name = n.name
  UNION ALL
  SELECT name, 'DS', retired = 0, number FROM digest
)
SELECT f.name || ' ' || f.type AS subject, o.tier, COALESCE(n.zone_owner, o.record_owner) AS owner, f.holds,
  f.name AS zone, CASE f.type WHEN 'DS' THEN 'digest type' ELSE 'algorithm' END AS kind, f.number
FROM found AS f
JOIN name_owner AS o ON o.name = f.name
JOIN node AS n ON n.name = f.name
