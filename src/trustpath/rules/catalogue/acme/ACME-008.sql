-- id: ACME-008
-- title: Persistent record form not usable by the CA
-- says: The persistent validation record at {name} names the account in the {form} form, but {ca} expects the
--   {expected_form} form.
-- subject: persistent validation record
-- severity: public=high partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z P
-- source: catalogue F.ACME; draft-ietf-acme-dns-persist-00 and -02
-- csf: PR.PS-01
-- missing: declaration
-- decides: declare `persist_form` of the CA (cas)
-- remediation: Write the record again in the form that the CA's directory asks for.
-- A directory with `accountHashPrefix` wants the hashed account URI, any other the plain account URL.
-- Whether a hash is the right one needs the account key's thumbprint, so a matching hashed form is
-- unknown and not a pass.
SELECT p.name || ' ' || p.value AS subject, o.tier, o.record_owner AS owner,
  CASE
    WHEN MIN(c.persist_form) IS NULL THEN NULL
    WHEN MAX(CASE WHEN c.persist_form = p.form THEN 1 ELSE 0 END) = 0 THEN FALSE
    WHEN p.form = 'plain' THEN TRUE
  END AS holds,
  p.name, p.form, MIN(c.persist_form) AS expected_form, MIN(c.id) AS ca,
  CASE WHEN MIN(c.persist_form) IS NULL THEN 'declaration' ELSE 'accounts' END AS missing
FROM persist AS p
JOIN name_owner AS o ON o.name = p.base
LEFT JOIN ca_identity AS i ON i.identity = p.issuer
LEFT JOIN ca AS c ON c.id = i.ca
WHERE p.well_formed
GROUP BY p.name, p.value, o.tier, o.record_owner, p.form
