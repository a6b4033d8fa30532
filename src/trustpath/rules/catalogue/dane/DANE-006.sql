-- id: DANE-006
-- title: Unusable TLSA parameters
-- says: The TLSA record {usage} {selector} {matching} at {name} cannot be used: {fault}.
-- subject: TLSA record
-- severity: public=high partner=medium internal=medium workload=medium
-- gate: gate
-- inputs: Z
-- source: catalogue F.DANE; RFC 6698 2.1, RFC 7672 3.1.3
-- csf: PR.PS-01
-- missing: services
-- remediation: Publish `3 1 1`, or `2 1 1` with the anchor in the chain that the server sends.
-- Usages 0 and 1 are unusable at port 25; at an owner that names no port it is unknown whom they serve.
SELECT t.name || ' TLSA ' || t.usage || ' ' || t.selector || ' ' || t.matching || ' ' || t.data AS subject, t.tier, t.owner,
  CASE
    WHEN t.usage > 3 OR t.selector > 1 OR t.matching > 2 OR t.octets = 0 THEN FALSE
    WHEN t.matching = 1 AND t.octets <> 32 THEN FALSE
    WHEN t.matching = 2 AND t.octets <> 64 THEN FALSE
    WHEN t.usage IN (0, 1) AND t.port = 25 THEN FALSE
    WHEN t.usage IN (0, 1) AND t.port IS NULL THEN NULL
    ELSE TRUE
  END AS holds,
  t.name, t.port, t.usage, t.selector, t.matching, t.octets,
  CASE
    WHEN t.usage > 3 OR t.selector > 1 OR t.matching > 2 THEN 'its parameters are not defined'
    WHEN t.octets = 0 THEN 'it has no data'
    WHEN t.matching = 1 AND t.octets <> 32 THEN 'its SHA-256 digest is not 32 octets long'
    WHEN t.matching = 2 AND t.octets <> 64 THEN 'its SHA-512 digest is not 64 octets long'
    WHEN t.usage IN (0, 1) AND t.port = 25 THEN 'usages 0 and 1 do not apply to mail between servers'
  END AS fault
FROM scope_tlsa AS t
GROUP BY t.name, t.usage, t.selector, t.matching, t.data, t.octets, t.port, t.tier, t.owner
