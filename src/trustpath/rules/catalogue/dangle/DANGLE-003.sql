-- id: DANGLE-003
-- title: Address that is no longer allocated to us
-- says: {name} has the address {address}, which lies outside of our networks and may be somebody else's by now.
-- subject: name and address
-- severity: public=critical partner=high internal=medium workload=medium
-- gate: probe
-- inputs: Z V O
-- source: catalogue F.DANGLE; standards G.1
-- csf: ID.AM-08, ID.RA-01
-- nhi: NHI1:2025
-- missing: declaration
-- decides: declare the network of the address (networks), and claim the networks complete
-- remediation: Delete the record; release addresses only after their records are gone for the old TTL.
-- What is allocated is what the estate declares under networks. An address outside all of them is
-- called released only when the service gave its resource back, or, where the networks are claimed to be
-- all there are, when it is known to live on lent addresses.
SELECT a.name || ' ' || a.address AS subject, o.tier, o.record_owner AS owner,
  a.allocated AS holds, a.name, a.address, a.service, a.released
FROM address_allocation AS a
JOIN name_owner AS o ON o.name = a.name
