-- id: CAA-014
-- title: CAA contact opens validation by email or phone
-- says: The {tag} property at {name} lets whoever answers at {value}, which is no approved contact, obtain
--   certificates.
-- subject: CAA property
-- severity: public=high partner=medium internal=- workload=-
-- gate: gate
-- inputs: Z O
-- source: catalogue F.CAA; BR 3.2.2.4.13, 3.2.2.4.17, appendix A
-- csf: PR.AA-05, ID.RA-01
-- nhi: NHI4:2025
-- missing: declaration
-- decides: declare the approved contacts (dcv_contacts) and claim them complete
-- remediation: Remove the property; the routes end 2028-03-15 (email) and 2027-03-15 (phone).
-- Whoever reads that mailbox or answers that phone can get a certificate. A contact must be
-- approved by name; one that is not in the list, or a mailbox in a domain that is not declared as ours,
-- fails where the list, or the domains, are claimed to be all there are.
WITH contact AS (
  SELECT c.name, c.tag, c.value, lower(c.value) AS contact, c.tier, c.owner,
    CASE WHEN c.tag = 'contactemail' AND instr(c.value, '@') > 0
      THEN lower(substr(c.value, instr(c.value, '@') + 1)) END AS mail_domain
  FROM scope_caa AS c WHERE c.tag IN ('contactemail', 'contactphone')
)
SELECT c.name || ' ' || c.tag || ' ' || c.value AS subject, c.tier, c.owner,
  CASE
    WHEN a.contact IS NOT NULL THEN TRUE
    WHEN k.closed THEN FALSE
    WHEN c.mail_domain IS NOT NULL AND w.closed AND COUNT(d.base) = 0 THEN FALSE
  END AS holds,
  c.name, c.tag, c.value
FROM contact AS c
LEFT JOIN closed AS k ON k.kind = 'dcv_contacts'
LEFT JOIN closed AS w ON w.kind = 'domains'
LEFT JOIN dcv_contact AS a ON a.contact = c.contact
LEFT JOIN owned_domain AS d ON d.base = c.mail_domain
  OR substr(c.mail_domain, -(length(d.base) + 1)) = '.' || d.base
GROUP BY c.name, c.tag, c.value, c.tier, c.owner, c.mail_domain, a.contact, k.closed, w.closed
