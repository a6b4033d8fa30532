-- id: KEY-005
-- title: Key not kept safely
-- says: The private key of the certificate {subject} {fault}[ ({store})].
-- subject: leaf certificate
-- severity: public=medium partner=medium internal=medium workload=low
-- gate: observe
-- inputs: C O
-- source: catalogue F.KEY
-- csf: PR.AA-01, PR.DS-01
-- nhi: NHI2:2025
-- missing: declaration
-- decides: declare where the key is kept, with `exportable: false` where the store does not give it out (keys)
-- remediation: Declare where the private key is kept (keys). On the public tier move it to a store that does
--   not give it out, and declare `exportable: false`.
-- A store may be declared for the certificate, its public key or one of its names. Whether a missing
-- declaration fails or stays unknown is the organisation's choice: policy number key_store_required. That
-- any store will do inside counts only while it is sure which names services put into the public tier.
SELECT c.label || ' ' || c.certificate AS subject, c.tier, c.owner,
  CASE
    WHEN k.certificate IS NULL THEN CASE WHEN p.key_store_required THEN FALSE END
    WHEN k.exportable = 0 AND k.unsaid = 0 THEN TRUE
    WHEN c.tier <> 'public' THEN CASE WHEN d.whole THEN TRUE END
    WHEN k.exportable = 1 THEN FALSE
  END AS holds,
  CASE
    WHEN k.certificate IS NULL THEN 'is kept in no declared place'
    WHEN k.exportable = 1 AND c.tier = 'public' THEN 'can be exported from its store'
  END AS fault,
  k.store, c.spki
FROM scope_certificate AS c
CROSS JOIN declared AS d
LEFT JOIN judged_policy AS p ON p.tier = c.tier
LEFT JOIN (
  SELECT certificate, MIN(store) AS store, MAX(CASE WHEN exportable THEN 1 ELSE 0 END) AS exportable,
    MAX(CASE WHEN exportable IS NULL THEN 1 ELSE 0 END) AS unsaid
  FROM (
    SELECT certificate, store, exportable FROM key_store WHERE certificate IS NOT NULL
    UNION ALL
    SELECT x.fingerprint, s.store, s.exportable FROM key_store AS s JOIN certificate AS x ON x.spki = s.spki
    UNION ALL
    SELECT n.certificate, s.store, s.exportable FROM key_store AS s JOIN certificate_name AS n ON n.name = s.name
  ) AS said
  GROUP BY certificate
) AS k ON k.certificate = c.certificate
WHERE c.live
