-- id: ZONE-010
-- title: CNAME beside other data
-- says: A CNAME has to stand alone, but {subject} has {records} records[, {beside} among them].
-- subject: name that has a CNAME
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z
-- source: RFC 1034 3.6.2, RFC 2181 10.1, RFC 4034 2.5
-- csf: PR.PS-01, ID.RA-01
-- missing: zones
-- remediation: Keep the CNAME or the other records, not both. At an apex use addresses or an alias of the provider.
-- A name with a CNAME has nothing else but its signatures and denial records, and has one CNAME. Servers
-- refuse the whole zone, or answer with one part of it. Every name is a subject of its own. Views
-- may differ: where a zone has several, each copy is looked at by itself, and what a silent one holds is not known.
WITH alias AS (
  SELECT r.zone, r.name FROM rrset AS r
  JOIN node AS n ON n.name = r.base AND n.apex = r.zone AND n.cut IS NULL
  WHERE r.type = 'CNAME'
),
record AS (
  SELECT DISTINCT d.zone, d.name, d.type, d.rdata FROM rdata AS d JOIN alias AS a ON a.zone = d.zone AND a.name = d.name
  WHERE d.type NOT IN ('RRSIG', 'NSEC', 'KEY', 'SIG', 'NXT')
),
merged AS (
  SELECT zone, name, COUNT(CASE WHEN type = 'CNAME' THEN 1 END) AS aliases, COUNT(*) AS records,
    MIN(CASE WHEN type <> 'CNAME' THEN type END) AS beside
  FROM record GROUP BY zone, name
),
copy AS (
  SELECT d.zone, d.name, d.part, COUNT(CASE WHEN d.type = 'CNAME' THEN 1 END) AS aliases, COUNT(*) AS records
  FROM rdata_copy AS d JOIN merged AS m ON m.zone = d.zone AND m.name = d.name AND m.records > 1
  WHERE d.type NOT IN ('RRSIG', 'NSEC', 'KEY', 'SIG', 'NXT')
  GROUP BY d.zone, d.name, d.part
),
told AS (
  SELECT k.zone, k.name, MAX(CASE WHEN k.aliases > 0 AND k.records > 1 THEN 1 ELSE 0 END) AS clash FROM copy AS k GROUP BY k.zone, k.name
),
found AS (
  SELECT m.zone, m.name, COUNT(*) AS records FROM merged AS m
  JOIN record AS r ON r.zone = m.zone AND r.name = m.name
  JOIN (SELECT DISTINCT zone, name, type, rdata FROM rdata_copy) AS c
    ON c.zone = r.zone AND c.name = r.name AND c.type = r.type AND c.rdata = r.rdata
  WHERE m.records > 1
  GROUP BY m.zone, m.name
),
split AS (SELECT apex FROM zone_copy WHERE chosen GROUP BY apex HAVING COUNT(DISTINCT view) > 1)
SELECT m.name AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN m.records > 1 AND s.apex IS NULL THEN FALSE
    WHEN m.records > 1 AND t.clash = 1 THEN FALSE
    WHEN m.records > 1 AND COALESCE(f.records, 0) < m.records THEN NULL
    WHEN z.whole AND COALESCE(h.heard, 1) = 1 THEN TRUE
  END AS holds,
  m.aliases, m.records, m.beside, m.zone
FROM merged AS m
JOIN rrset AS r ON r.zone = m.zone AND r.name = m.name AND r.type = 'CNAME'
JOIN name_owner AS o ON o.name = r.base
LEFT JOIN (SELECT apex, MIN("full") AS whole FROM zone GROUP BY apex) AS z ON z.apex = m.zone
LEFT JOIN (
  SELECT name, MIN(CASE WHEN fresh AND coverage = 'full' THEN 1 ELSE 0 END) AS heard FROM part GROUP BY name
) AS h ON h.name = m.zone
LEFT JOIN split AS s ON s.apex = m.zone
LEFT JOIN told AS t ON t.zone = m.zone AND t.name = m.name
LEFT JOIN found AS f ON f.zone = m.zone AND f.name = m.name
GROUP BY m.name, o.tier, o.record_owner, m.records, s.apex, t.clash, f.records, z.whole, h.heard, m.aliases, m.beside, m.zone
