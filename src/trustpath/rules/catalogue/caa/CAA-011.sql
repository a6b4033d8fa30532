-- id: CAA-011
-- title: Malformed CAA value
-- says: The {tag} property at {name} has the value "{value}", which {fault}.
-- subject: CAA property
-- severity: public=high partner=high internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: catalogue F.CAA; RFC 8659 4.2; RFC 8657 5
-- csf: PR.PS-01
-- missing: declaration
-- decides: ask the CAs what they read in the property
-- remediation: Fix the value. As it stands it grants nothing, yet it is present and so restricts.
-- Of a tag that nobody knows the grammar is not known either. A value that the standard and the CAs in
-- use read in different ways fails too: one of them refuses what the other grants.
SELECT c.name || ' ' || c.flags || ' ' || c.tag || ' ' || c.value AS subject, c.tier, c.owner,
  CASE WHEN MIN(c.well_formed) = FALSE OR MAX(c.doubt) IS NOT NULL THEN FALSE WHEN MIN(c.known) THEN TRUE END AS holds,
  c.name, c.tag, c.value, MAX(c.doubt) AS doubt,
  CASE
    WHEN MIN(c.well_formed) = FALSE AND c.tag IN ('issue', 'issuewild') THEN 'is malformed and permits nobody'
    WHEN MIN(c.well_formed) = FALSE THEN 'is malformed'
    WHEN MAX(c.doubt) IS NOT NULL THEN 'not every CA in use reads alike'
  END AS fault
FROM scope_caa AS c
GROUP BY c.name, c.flags, c.tag, c.value, c.tier, c.owner
