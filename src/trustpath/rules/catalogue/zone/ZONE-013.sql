-- id: ZONE-013
-- title: Address in the place of a host name
-- says: The {type} record of {name} leads to {written}, an address where a host name has to stand.
-- subject: name, type and target
-- severity: public=high partner=high internal=medium workload=medium
-- gate: gate
-- inputs: Z
-- source: RFC 1035 3.3, RFC 5321 2.3.5
-- csf: PR.PS-01, ID.RA-01
-- missing: zones
-- remediation: Give the host a name with an A or AAAA record, and name that one here.
-- MX, NS, SRV and aliases lead to names. What is written as `192.0.2.1.` is a name below a top-level domain
-- of digits, which there is none of; without the last dot it lies in the zone, where it most likely
-- does not exist either. Applies to targets that begin with a digit.
WITH led AS (
  SELECT DISTINCT d.zone, d.name, d.type, d.target,
    CASE WHEN substr(d.target, -(length(d.zone) + 1)) = '.' || d.zone
      THEN substr(d.target, 1, length(d.target) - length(d.zone) - 1) ELSE d.target END AS label,
    substr(d.target, -(length(d.zone) + 1)) = '.' || d.zone AS within
  FROM rdata AS d
  WHERE d.type IN ('MX', 'NS', 'SRV', 'CNAME', 'DNAME', 'ALIAS', 'ANAME')
    AND substr(d.target, 1, 1) IN ('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
),
form AS (
  SELECT l.zone, l.name, l.type, l.target, l.label, l.within,
    replace(replace(replace(replace(replace(replace(replace(replace(replace(replace(
      l.label, '0', ''), '1', ''), '2', ''), '3', ''), '4', ''), '5', ''), '6', ''), '7', ''), '8', ''), '9', '') AS rest
  FROM led AS l
)
SELECT f.name || ' ' || f.type || ' ' || f.target AS subject, o.tier, o.record_owner AS owner,
  CASE WHEN MIN(f.holds) = FALSE THEN FALSE WHEN COUNT(f.holds) = COUNT(*) THEN TRUE END AS holds,
  f.type, f.name, MIN(f.label) AS written, MIN(f.zone) AS zone
FROM (
  SELECT x.zone, x.name, x.type, x.target, x.label,
    CASE WHEN x.rest <> '...' THEN TRUE WHEN NOT x.within THEN FALSE ELSE n.present END AS holds
  FROM form AS x LEFT JOIN node AS n ON n.name = x.target
) AS f
JOIN rrset AS r ON r.zone = f.zone AND r.name = f.name AND r.type = f.type
JOIN name_owner AS o ON o.name = r.base
GROUP BY f.name, f.type, f.target, o.tier, o.record_owner
