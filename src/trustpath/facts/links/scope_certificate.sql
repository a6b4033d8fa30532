-- Driver: leaf certificates with everything that follows for them (see certificate_state).
-- index: certificate
SELECT s.*, c.serial, c.issuer, c.issuer_organisation, c.subject, c.key_type, c.key_bits, c.curve, c.signature_hash,
  c.self_issued, c.eku, c.server_auth, c.client_auth, c.other_eku, c.names, c.authority_key, c.crl_url, c.ocsp_url,
  c.must_staple, c.timestamps, c.weak_key
FROM certificate_state AS s JOIN certificate AS c ON c.fingerprint = s.certificate
WHERE NOT c.is_ca
