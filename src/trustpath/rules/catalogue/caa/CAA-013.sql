-- id: CAA-013
-- title: CAA lookup errors
-- says: The CAA lookup for {subject} fails ({failure}), so CAs may refuse to issue.
-- subject: name asked for CAA
-- severity: public=high partner=medium internal=- workload=-
-- gate: probe
-- inputs: Z E
-- source: catalogue F.CAA; RFC 8659 3; BR 4.2.2.1
-- csf: DE.CM-01, PR.IR-03
-- missing: resolution
-- remediation: Repair the servers; in a signed zone such a failure blocks issuance outright.
-- Subjects are the names that were asked, and the names of services and renewal jobs that should
-- have been. Of a resolver only SERVFAIL tells of the zone; a refusal or silence may be the
-- resolver's own. An answer that a filter made (RFC 8914 codes 15 to 18) tells nothing.
-- While a vantage is silent nobody knows what it would have met.
WITH said AS (
  SELECT name, vantage, outcome, ede_text,
    CASE
      WHEN COALESCE(ede, 0) BETWEEN 15 AND 18 THEN NULL
      WHEN outcome IN ('noerror', 'nodata', 'nxdomain') THEN TRUE
      WHEN outcome = 'servfail' OR kind = 'authoritative' THEN FALSE
    END AS fine
  FROM answer WHERE type = 'CAA'
),
asked AS (
  SELECT name FROM said
  UNION SELECT base FROM job_name
  UNION SELECT base FROM service_name
)
SELECT q.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(s.fine) = FALSE THEN FALSE WHEN COUNT(s.fine) = COUNT(*) AND w.heard = 1 THEN TRUE END AS holds,
  MIN(CASE WHEN s.fine = FALSE THEN s.outcome || ' at ' || s.vantage END) AS failure,
  MIN(CASE WHEN s.fine = FALSE THEN s.vantage END) AS vantage,
  MIN(CASE WHEN s.fine = FALSE THEN s.outcome END) AS outcome
FROM asked AS q
JOIN name_owner AS o ON o.name = q.name
CROSS JOIN (SELECT COALESCE(MIN(CASE WHEN fresh THEN 1 ELSE 0 END), 1) AS heard FROM part WHERE kind = 'resolve') AS w
LEFT JOIN said AS s ON s.name = q.name
GROUP BY q.name, o.tier, o.record_owner, w.heard
