-- Domains of CAs below which the values for their CNAME validation lie, each with a CAA domain of the CA. Only
-- the CA makes names there, so that none of them can be taken over, and many never exist in the DNS: what
-- is looked at is the record that leads there. Owner names and schemes are in `facts/validation_names.py`, CAA
-- domains in `facts/estate/authorities.yaml`. ZeroSSL validates at Sectigo's names.
-- Amazon: https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html; Sectigo: CNAME to
-- HASH.HASH.TOKEN.sectigo.com; DigiCert: TOKEN.dcv.digicert.com; SSL.com: HASH.HASH.TOKEN.ssl.com.
-- index: host
WITH ca(ca, identity) AS (
  SELECT 'amazon', 'amazon.com' UNION ALL SELECT 'amazon', 'amazontrust.com'
  UNION ALL SELECT 'amazon', 'awstrust.com' UNION ALL SELECT 'amazon', 'amazonaws.com'
  UNION ALL SELECT 'sectigo', 'sectigo.com' UNION ALL SELECT 'sectigo', 'comodo.com'
  UNION ALL SELECT 'sectigo', 'comodoca.com' UNION ALL SELECT 'sectigo', 'usertrust.com'
  UNION ALL SELECT 'sectigo', 'trust-provider.com' UNION ALL SELECT 'sectigo', 'zerossl.com'
  UNION ALL SELECT 'digicert', 'digicert.com' UNION ALL SELECT 'digicert', 'digicert.ne.jp'
  UNION ALL SELECT 'digicert', 'cybertrust.ne.jp' UNION ALL SELECT 'digicert', 'thawte.com'
  UNION ALL SELECT 'digicert', 'geotrust.com' UNION ALL SELECT 'digicert', 'rapidssl.com'
  UNION ALL SELECT 'digicert', 'symantec.com' UNION ALL SELECT 'digicert', 'volusion.com'
  UNION ALL SELECT 'digicert', 'stratossl.com' UNION ALL SELECT 'digicert', 'intermediatecertificate.com'
  UNION ALL SELECT 'digicert', '1and1.com'
  UNION ALL SELECT 'ssl.com', 'ssl.com'
),
host(ca, host) AS (
  SELECT 'amazon', 'acm-validations.aws'
  UNION ALL SELECT 'sectigo', 'sectigo.com' UNION ALL SELECT 'sectigo', 'comodoca.com'
  UNION ALL SELECT 'digicert', 'dcv.digicert.com'
  UNION ALL SELECT 'ssl.com', 'ssl.com' UNION ALL SELECT 'ssl.com', 'sslpki.com'
)
SELECT h.host, c.identity FROM host AS h JOIN ca AS c ON c.ca = h.ca
