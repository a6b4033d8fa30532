-- id: CAA-003
-- title: CAA permits a CA that is not approved
-- says: The {tag} property at {name} permits {issuer}, which is no approved CA for the {tier} tier.
-- subject: name, property and issuer
-- severity: public=high partner=medium internal=- workload=-
-- gate: gate
-- inputs: Z K
-- source: catalogue F.CAA; RFC 8659 4.2
-- csf: GV.SC-04, GV.PO-01, PR.AA-05
-- nhi: NHI3:2025
-- missing: declaration
-- decides: declare the CA with its CAA names (cas.caa), and claim the CAs complete
-- remediation: Remove the issuer from the set, approve the CA for this tier, or record an exception with an end.
-- A CA without stated tiers is approved for all of them. An issuer that belongs to none of the declared
-- CAs is not approved where these are claimed to be all there are, else unknown.
SELECT c.name || ' ' || c.tag || ' ' || c.issuer AS subject, c.tier, c.owner,
  CASE
    WHEN COUNT(i.ca) = 0 THEN CASE WHEN k.closed THEN FALSE END
    WHEN COUNT(a.identity) = 0 AND w.whole THEN FALSE
    WHEN COUNT(a.identity) > 0 AND (w.whole OR MAX(a.unlimited) = 1) THEN TRUE
  END AS holds,
  c.name, c.tag, c.issuer, MIN(i.ca) AS ca
FROM scope_caa AS c
CROSS JOIN declared AS w
LEFT JOIN closed AS k ON k.kind = 'cas'
LEFT JOIN (SELECT identity, MIN(ca) AS ca FROM ca_identity GROUP BY identity) AS i ON i.identity = c.issuer
LEFT JOIN (
  SELECT n.identity, t.tier, MAX(CASE WHEN limited.ca IS NULL THEN 1 ELSE 0 END) AS unlimited
  FROM ca_identity AS n
  JOIN ca ON ca.id = n.ca AND ca.approved
  CROSS JOIN tier_rank AS t
  LEFT JOIN (SELECT ca, COUNT(*) AS tiers FROM ca_tier GROUP BY ca) AS limited ON limited.ca = ca.id
  LEFT JOIN ca_tier AS own ON own.ca = ca.id AND own.tier = t.tier
  WHERE limited.ca IS NULL OR own.tier IS NOT NULL
  GROUP BY n.identity, t.tier
) AS a ON a.identity = c.issuer AND a.tier = c.tier
WHERE c.tag IN ('issue', 'issuewild') AND (c.well_formed OR c.doubt IS NOT NULL) AND c.issuer <> ''
GROUP BY c.name, c.tag, c.issuer, c.tier, c.owner, k.closed, w.whole
