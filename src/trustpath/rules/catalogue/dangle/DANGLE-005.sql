-- id: DANGLE-005
-- title: Mail host without an address
-- says: {name} sends its mail to {host}, which has no address.
-- subject: mail domain and mail host
-- severity: public=high partner=high internal=medium workload=-
-- gate: probe
-- inputs: Z V
-- source: catalogue F.DANGLE; RFC 5321 5.1, RFC 7505
-- csf: ID.AM-08, ID.RA-01
-- nhi: NHI1:2025
-- missing: resolution
-- remediation: Correct the MX record; remember that validation by mail goes wherever it leads.
-- A null MX (RFC 7505) names no host and is no subject.
SELECT d.name || ' MX ' || d.target AS subject, o.tier, o.record_owner AS owner,
  r.resolves AS holds, d.name, d.target AS host, r.final AS final, r.final_present AS present
FROM (SELECT DISTINCT zone, name, target FROM rdata WHERE type = 'MX' AND target IS NOT NULL AND target <> '') AS d
JOIN node AS n ON n.name = d.name AND n.apex = d.zone
JOIN name_owner AS o ON o.name = d.name
JOIN name_resolution AS r ON r.name = d.target
WHERE n.cut IS NULL
