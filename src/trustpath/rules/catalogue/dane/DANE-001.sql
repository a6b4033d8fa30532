-- id: DANE-001
-- title: No TLSA record matches the presented chain
-- says: No TLSA record at {lookup} matches what {address} serves, so clients that use DANE refuse it.
-- subject: TLSA RRset, by the name that clients ask for
-- severity: public=critical partner=critical internal=high workload=high
-- gate: probe
-- inputs: Z E
-- source: catalogue F.DANE; RFC 6698 2.1, RFC 7671 4 and 5
-- csf: PR.AA-03, PR.DS-02, DE.CM-01
-- nhi: NHI4:2025
-- missing: endpoints
-- remediation: Put the old key or the old TLSA record back at once, then start the rollover again in the right order.
-- At every address and from every vantage one usable record has to match. A match is fine whatever
-- DNSSEC says; a mismatch only hurts where clients see the RRset as secure, so it is a failure there,
-- unknown where that is unknown, and no case for this rule where the zone is insecure (DANE-004).
WITH place AS (
  SELECT m.lookup, m.address, m.vantage, m.protocol, MIN(m.leaf) AS leaf,
    CASE WHEN MAX(m.matches) = TRUE THEN 1 WHEN COUNT(m.matches) = COUNT(*) THEN 0 END AS matched
  FROM tlsa_match AS m
  WHERE m.usable
  GROUP BY m.lookup, m.address, m.vantage, m.protocol
),
whole AS (
  SELECT lookup,
    CASE WHEN MIN(matched) = 0 THEN 0 WHEN COUNT(matched) = COUNT(*) THEN 1 END AS matched,
    MIN(CASE WHEN matched = 0 THEN address END) AS address,
    MIN(CASE WHEN matched = 0 THEN leaf END) AS certificate
  FROM place GROUP BY lookup
)
SELECT s.lookup || ' TLSA' AS subject, s.tier, s.owner,
  CASE WHEN w.matched = 1 THEN TRUE WHEN w.matched = 0 AND s.secure THEN FALSE END AS holds,
  s.lookup, w.address, w.certificate,
  CASE WHEN w.matched = 0 THEN 'resolution' ELSE 'endpoints' END AS missing
FROM scope_tlsa_service AS s
JOIN whole AS w ON w.lookup = s.lookup
WHERE w.matched = 1 OR COALESCE(s.secure, TRUE)
