-- id: CAA-005
-- title: CAA of a child permits more than its parent
-- says: The CAA set at {subject} permits more than the one above it, at {above}[: it adds {added_issuer}].
-- subject: name of the closer CAA set
-- severity: public=high partner=medium internal=- workload=-
-- gate: gate
-- inputs: Z
-- source: catalogue F.CAA; RFC 8659 3
-- csf: PR.AA-05, ID.RA-07
-- missing: zones
-- remediation: Delete the closer set, or have the owner of the zone above approve it as an exception.
-- Only the closest set counts, they are never merged: a set below that names one more issuer undoes
-- the policy above it. Compared by issuer domain name, for host and wildcard requests.
SELECT a.owner AS subject, o.tier, o.record_owner AS owner,
  NOT a.looser AS holds,
  a.above, CASE WHEN a.looser THEN a.added_issuer END AS added_issuer
FROM caa_above AS a
JOIN name_owner AS o ON o.name = a.owner
LEFT JOIN zone_suffix AS s ON s.name = a.owner
WHERE (a.above IS NOT NULL OR NOT a.known) AND s.name IS NULL
