-- id: MAIL-011
-- title: Mail domain without DMARC
-- subject: mail domain
-- severity: public=medium partner=medium internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: RFC 7489 6.6.3
-- csf: PR.AA-03, DE.CM-09
-- missing: zones
-- remediation: Publish DMARC for the organisation's domain: v=DMARC1; p=none with a rua address first, p=reject once the reports show
--  who sends.
-- says: {subject} has {what}, but no DMARC record[, and neither has {organisation}], so receivers accept mail that others send in its name.
-- Mail domains have a mail host, or an SPF record that lets somebody send or leaves it open. Names that do neither are not judged:
-- v=spf1 -all and a null MX say enough. What counts is the record at the domain, else at the registered domain above it,
-- as receivers look it up: in a view that the world sees, and a wildcard only where `_dmarc` does not exist at all.
-- An alias or a delegation of _dmarc to somebody else may end at a record or not, and a registered domain that we do
-- not hold may have one: both are unknown. Whether the record can be used is MAIL-007's question.
WITH sender AS (
  SELECT s.name, MIN(s.what) AS what, MIN(z.registered) AS registered
  FROM (
    SELECT name, zone, 'a mail host' AS what FROM rdata WHERE type = 'MX' AND target IS NOT NULL
    UNION ALL SELECT name, zone, 'an SPF record that does not rule out senders' FROM mail_record WHERE kind = 'spf' AND versioned AND sends AND COALESCE(shown, TRUE)
  ) AS s
  JOIN node AS n ON n.name = s.name AND n.apex = s.zone AND n.cut IS NULL
  JOIN zone AS z ON z.apex = s.zone
  WHERE substr(s.name, 1, 1) <> '*' AND substr(s.name, 1, 1) <> '_' AND instr(s.name, '._') = 0
  GROUP BY s.name
),
place AS (SELECT name AS domain FROM sender UNION SELECT registered FROM sender),
-- What a receiver's question for DMARC meets: what stands at _dmarc, else, where nothing stands there or below it, a wildcard.
asked AS (
  SELECT domain, '_dmarc.' || domain AS owner FROM place
  UNION ALL
  SELECT p.domain, '*.' || p.domain FROM place AS p
  LEFT JOIN existing AS e ON e.name = '_dmarc.' || p.domain
  WHERE e.name IS NULL
),
policy AS (
  SELECT a.domain, MAX(CASE WHEN m.versioned AND m.shown THEN 2 WHEN m.versioned THEN 1 ELSE 0 END) AS versioned
  FROM asked AS a JOIN mail_record AS m ON m.name = a.owner AND m.kind = 'dmarc' AND COALESCE(m.shown, TRUE)
  GROUP BY a.domain
),
-- What leads elsewhere.
led AS (
  SELECT a.domain, MAX(CASE WHEN m.name IS NOT NULL THEN 1 ELSE 0 END) AS found,
    MIN(CASE WHEN r.type = 'CNAME' AND e.final_held THEN 1 ELSE 0 END) AS ours
  FROM asked AS a
  JOIN rrset AS r ON r.name = a.owner AND r.type IN ('CNAME', 'NS', 'DNAME')
  LEFT JOIN resolution AS e ON e.name = r.name
  LEFT JOIN mail_record AS m ON m.name = e.final_source AND m.versioned AND m.kind = 'dmarc' AND COALESCE(m.shown, TRUE)
  GROUP BY a.domain
),
told AS (
  SELECT p.domain,
    CASE
      WHEN y.versioned = 2 OR l.found = 1 THEN 1
      WHEN y.versioned = 1 THEN NULL
      WHEN y.versioned = 0 THEN 0
      WHEN l.ours = 0 THEN NULL
      WHEN n.held THEN 0
    END AS present
  FROM place AS p
  LEFT JOIN policy AS y ON y.domain = p.domain
  LEFT JOIN led AS l ON l.domain = p.domain
  LEFT JOIN node AS n ON n.name = p.domain
)
SELECT s.name AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN t.present = 1 OR u.present = 1 THEN TRUE WHEN t.present = 0 AND u.present = 0 THEN FALSE END AS holds,
  s.what, CASE WHEN s.registered <> s.name THEN s.registered END AS organisation
FROM sender AS s
JOIN told AS t ON t.domain = s.name
JOIN told AS u ON u.domain = s.registered
JOIN name_owner AS o ON o.name = s.name
LEFT JOIN policy AS b ON b.domain = s.name AND b.versioned = 0
WHERE b.domain IS NULL OR u.present = 1
