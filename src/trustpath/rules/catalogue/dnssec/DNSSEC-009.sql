-- id: DNSSEC-009
-- title: Name servers of a zone disagree
-- says: {sources} have given different records for {zone} since {since} ({records}), such as {example}.
-- subject: zone and two sources that transferred it
-- severity: public=high partner=medium internal=medium workload=low
-- gate: observe
-- inputs: Z H
-- source: catalogue F.DNSSEC; RFC 1034 4.3.5
-- csf: DE.CM-01, PR.IR-03
-- missing: history
-- remediation: Repair the transfer. CAs look from several places and may see the servers disagree as well.
-- Copies that came by transfer from servers of one view, pair by pair: SOA serial and the RRsets that
-- decide a trust path. They may differ for as long as a change is let to propagate; how long they
-- have is counted from when the newest record that they do not share was first seen.
WITH pair AS (
  SELECT a.apex, a.view, a.part AS one, b.part AS other, a.source || ' and ' || b.source AS sources,
    a.whole AND b.whole AS whole
  FROM zone_copy AS a
  JOIN zone_copy AS b ON b.apex = a.apex AND b.view = a.view AND b.source > a.source
  WHERE a.grade = 4 AND b.grade = 4
),
side AS (
  SELECT one, other, one AS here, other AS there FROM pair
  UNION ALL SELECT one, other, other, one FROM pair
),
record AS (
  SELECT part, zone, name, type, rdata FROM rdata_copy
  WHERE type IN ('SOA', 'NS', 'DS', 'DNSKEY', 'CDS', 'CDNSKEY', 'DNAME', 'CAA', 'A', 'AAAA', 'CNAME', 'HTTPS', 'SVCB',
    'SRV', 'NAPTR', 'URI', 'MX', 'TLSA', 'SMIMEA', 'SSHFP', 'OPENPGPKEY', 'IPSECKEY', 'PTR')
    OR (type = 'TXT' AND substr(name, 1, 1) = '_')
),
apart AS (
  SELECT s.one, s.other, COUNT(*) AS records, MAX(h.first_seen) AS since, MIN(x.name || ' ' || x.type) AS example
  FROM side AS s
  JOIN record AS x ON x.part = s.here
  LEFT JOIN record AS y ON y.part = s.there AND y.name = x.name AND y.type = x.type AND y.rdata = x.rdata
  LEFT JOIN rdata_history AS h ON h.name = x.name AND h.type = x.type AND h.rdata = x.rdata
  WHERE y.part IS NULL
  GROUP BY s.one, s.other
)
SELECT p.apex || CASE WHEN p.view = '' THEN '' ELSE ' in ' || p.view END || ' ' || p.sources AS subject, z.tier, z.owner,
  CASE
    WHEN NOT p.whole THEN NULL
    WHEN d.records IS NULL THEN TRUE
    WHEN m.now - d.since > k.propagation_sla THEN FALSE
    WHEN d.since > m.history_since AND m.now - d.since <= k.propagation_sla THEN TRUE
  END AS holds,
  p.apex AS zone, p.sources, d.records, d.example, d.since,
  CASE WHEN NOT p.whole THEN 'zones' ELSE 'history' END AS missing
FROM pair AS p
CROSS JOIN moment AS m
JOIN scope_zone AS z ON z.apex = p.apex
LEFT JOIN judged_policy AS k ON k.tier = z.tier
LEFT JOIN apart AS d ON d.one = p.one AND d.other = p.other
