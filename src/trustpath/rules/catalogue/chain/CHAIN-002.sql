-- id: CHAIN-002
-- title: Wrong kind of CA for the tier
-- says: The certificate {subject} of {label}, issued by {issuer}, {fault}.
-- subject: certificate (SHA-256)
-- severity: public=high partner=high internal=medium workload=low
-- gate: gate
-- inputs: E C K O
-- source: catalogue F.CHAIN
-- csf: GV.PO-01, PR.AA-02
-- nhi: NHI4:2025
-- missing: roots
-- remediation: Reissue from a CA of the right kind.
-- On the public tier relying parties must accept a path that ends at a public root; on the others it must not where policy
-- keeps public CAs out. The tier is that of the strictest name, so a certificate is judged as internal
-- only when all its names are. Not publicly trusted and claimed by no service: the tier is merely the
-- default, so it may be internal on purpose, which only a declaration can tell; nor can the tier be told while a source
-- that describes services is silent.
SELECT c.certificate AS subject, c.tier, c.owner,
  CASE
    WHEN NOT d.whole THEN NULL
    WHEN c.tier = 'public' AND c.publicly_trusted IS NULL THEN NULL
    WHEN c.tier <> 'public' AND c.publicly_issued IS NULL THEN NULL
    WHEN c.tier = 'public' AND c.publicly_trusted THEN TRUE
    WHEN c.tier = 'public' AND n.services > 0 THEN FALSE
    WHEN c.tier = 'public' THEN NULL
    WHEN NOT c.publicly_issued THEN TRUE
    ELSE p.public_ca
  END AS holds,
  CASE
    WHEN c.tier = 'public' AND NOT c.publicly_trusted THEN 'is not publicly trusted but serves public names'
    WHEN c.tier <> 'public' AND c.publicly_issued THEN 'comes from a public CA, which policy excludes on this tier'
  END AS fault,
  c.label, c.publicly_trusted, c.publicly_issued, c.privately_trusted, c.ca, c.issuer,
  CASE
    WHEN CASE WHEN c.tier = 'public' THEN c.publicly_trusted ELSE c.publicly_issued END IS NULL THEN 'roots'
    WHEN c.tier = 'public' OR NOT d.whole THEN 'services' ELSE 'policy'
  END AS missing
FROM scope_certificate AS c
CROSS JOIN declared AS d
JOIN (SELECT certificate, COUNT(service) AS services FROM scope_certificate_name GROUP BY certificate) AS n
  ON n.certificate = c.certificate
LEFT JOIN judged_policy AS p ON p.tier = c.tier
WHERE c.live AND (c.server_auth OR NOT c.eku)
