-- id: DANE-005
-- title: Removal of the record that matches the live key
-- says: After change {change} no TLSA record at {lookup} matches what is served[ at {address}].
-- subject: proposed change and TLSA RRset
-- severity: public=critical partner=high internal=high workload=high
-- gate: gate
-- inputs: Z E
-- source: catalogue F.DANE; RFC 7671 8.1
-- csf: ID.RA-07, PR.PS-01
-- missing: endpoints
-- remediation: Keep the record that matches what is served, or delete the whole RRset, which switches DANE off.
-- Changes that take some records away and leave or add others. What stays has to match what every
-- address serves. Removing all is safe for clients and so is no case here.
WITH edit AS (
  SELECT DISTINCT c.change, c.name, c.action, LOWER(c.rdata) AS rdata
  FROM change_record AS c JOIN open_change AS g ON g.id = c.change
  WHERE c.type = 'TLSA'
),
cut AS (SELECT change, name, MAX(CASE WHEN rdata IS NULL THEN 1 ELSE 0 END) AS everything FROM edit WHERE action = 'remove' GROUP BY change, name),
place AS (
  SELECT DISTINCT u.change, s.lookup, s.name, m.address, m.vantage, m.leaf, m.spki
  FROM cut AS u
  JOIN scope_tlsa_service AS s ON s.name = u.name
  JOIN tlsa_match AS m ON m.lookup = s.lookup
),
remains AS (
  SELECT p.change, p.lookup, p.address, p.vantage, CASE WHEN m.matches THEN 1 WHEN NOT m.matches THEN 0 END AS matched
  FROM place AS p
  JOIN cut AS u ON u.change = p.change AND u.name = p.name AND u.everything = 0
  JOIN tlsa_match AS m ON m.lookup = p.lookup AND COALESCE(m.address, '') = COALESCE(p.address, '')
    AND COALESCE(m.vantage, '') = COALESCE(p.vantage, '')
  LEFT JOIN edit AS e ON e.change = p.change AND e.name = p.name AND e.action = 'remove'
    AND e.rdata = m.usage || ' ' || m.selector || ' ' || m.matching || ' ' || m.data
  WHERE e.change IS NULL
  UNION ALL
  SELECT p.change, p.lookup, p.address, p.vantage,
    CASE WHEN p.leaf IS NULL OR e.rdata IS NULL THEN NULL
      WHEN e.rdata IN ('3 1 1 ' || p.spki, '3 0 1 ' || p.leaf) THEN 1
      WHEN substr(e.rdata, 1, 6) IN ('3 1 1 ', '3 0 1 ') AND p.spki IS NOT NULL THEN 0 END
  FROM place AS p JOIN edit AS e ON e.change = p.change AND e.name = p.name AND e.action = 'add'
),
verdict AS (
  SELECT change, lookup, address, vantage,
    CASE WHEN MAX(matched) = 1 THEN 1 WHEN COUNT(matched) = COUNT(*) THEN 0 END AS matched
  FROM remains GROUP BY change, lookup, address, vantage
)
SELECT v.change || ' ' || v.lookup AS subject, s.tier, s.owner,
  CASE WHEN MIN(v.matched) = 0 THEN FALSE WHEN COUNT(v.matched) = COUNT(*) THEN TRUE END AS holds,
  v.change, v.lookup, MIN(CASE WHEN v.matched = 0 THEN v.address END) AS address
FROM verdict AS v
JOIN scope_tlsa_service AS s ON s.lookup = v.lookup
GROUP BY v.change, v.lookup, s.tier, s.owner
