-- id: DANE-004
-- title: TLSA in an insecure zone
-- says: The TLSA records at {name} bind nobody, since the zone {zone} is not secured by DNSSEC.
-- subject: TLSA RRset
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: Z
-- source: catalogue F.DANE; RFC 6698 4.1, RFC 7671 4
-- csf: PR.DS-02, ID.RA-01
-- missing: resolution
-- remediation: Sign the zone and have its DS published, or remove the records, which no client may use.
SELECT t.name || ' TLSA' AS subject, t.tier, t.owner, t.secure AS holds, t.name, t.zone
FROM scope_tlsa AS t
GROUP BY t.name, t.tier, t.owner, t.secure, t.zone
