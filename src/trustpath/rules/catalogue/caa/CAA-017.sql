-- id: CAA-017
-- title: CAA does not cover S/MIME or mark certificates
-- says: Any CA may issue {kind} certificates for {subject}, since no {lacking} property applies to it[; its CAA
--   set is at {caa_at}].
-- subject: mail domain
-- severity: public=low partner=low internal=- workload=-
-- gate: gate
-- inputs: Z K
-- source: catalogue F.CAA; RFC 9495 4
-- csf: PR.AA-05
-- missing: zones
-- remediation: Add issuemail (and issuevmc where a BIMI mark is published) to the relevant set; `";"` forbids.
-- Only where policy says that mail certificates are used, or the domain publishes a BIMI mark.
-- issue does not cover them: without a property of its own kind any CA may issue.
WITH mail AS (
  SELECT r.name, o.tier, o.record_owner AS owner, COALESCE(p.mail_certificates, FALSE) AS uses_mail, b.name IS NOT NULL AS uses_mark
  FROM (
    SELECT DISTINCT x.name FROM rdata AS x JOIN node AS n ON n.name = x.name AND COALESCE(n.apex, x.zone) = x.zone
    WHERE x.type = 'MX' AND x.target <> '' AND substr(x.name, 1, 1) <> '*'
  ) AS r
  JOIN name_owner AS o ON o.name = r.name
  LEFT JOIN judged_policy AS p ON p.tier = o.tier
  LEFT JOIN (SELECT DISTINCT name FROM rrset WHERE type = 'TXT') AS b ON b.name = 'default._bimi.' || r.name
)
SELECT m.name AS subject, m.tier, m.owner,
  CASE
    WHEN NOT v.known THEN NULL
    ELSE (NOT m.uses_mail OR COALESCE(c.mail, 0) > 0) AND (NOT m.uses_mark OR COALESCE(c.mark, 0) > 0)
  END AS holds,
  CASE WHEN m.uses_mail AND COALESCE(c.mail, 0) = 0 THEN 'S/MIME' WHEN m.uses_mark AND COALESCE(c.mark, 0) = 0 THEN 'mark' END AS kind,
  CASE WHEN m.uses_mail AND COALESCE(c.mail, 0) = 0 THEN 'issuemail' WHEN m.uses_mark AND COALESCE(c.mark, 0) = 0 THEN 'issuevmc' END
    AS lacking,
  v.owner AS caa_at
FROM mail AS m
JOIN caa_relevant AS v ON v.name = m.name
LEFT JOIN (
  SELECT name, COUNT(CASE WHEN tag = 'issuemail' THEN 1 END) AS mail, COUNT(CASE WHEN tag = 'issuevmc' THEN 1 END) AS mark
  FROM caa_record GROUP BY name
) AS c ON c.name = v.owner
WHERE m.uses_mail OR m.uses_mark
