-- Driver: every RRset that a zone holds behind a cut or a DNAME, glue included, with the owner of the
-- record and the tier of its name. `bearing`: its absence breaks trust (CAA, TLSA, MX, a validation
-- name). `answered`: the zone that does answer for the name, held in full, has all of it as well.
-- `whole`: all of the zone that holds it is known, so that no name server is missing.
-- index: name, type
SELECT c.zone, c.name, c.type, c.cut, c.reason, c.records, c.glue, c.validation, c.place,
  c.type IN ('CAA', 'TLSA', 'MX') OR c.validation IS NOT NULL AS bearing,
  c.answered = c.records AS answered, z.whole = 1 AS whole,
  o.record_owner AS owner, o.tier
FROM (
  SELECT c.zone, c.name, c.type, MIN(c.cut) AS cut, MIN(c.reason) AS reason, COUNT(*) AS records,
    MAX(CASE WHEN c.glue THEN 1 ELSE 0 END) = 1 AS glue, MIN(c.validation) AS validation, MIN(c.place) AS place,
    COUNT(r.rdata) AS answered
  FROM occluded AS c
  LEFT JOIN node AS n ON n.name = c.name AND n.held
  LEFT JOIN (SELECT DISTINCT zone, name, type, rdata FROM rdata) AS r
    ON r.zone = n.apex AND r.name = c.name AND r.type = c.type AND r.rdata = c.rdata AND r.zone <> c.zone
  WHERE c.type NOT IN ('RRSIG', 'NSEC', 'NSEC3')
  GROUP BY c.zone, c.name, c.type
) AS c
LEFT JOIN (SELECT apex, MIN(CASE WHEN "full" THEN 1 ELSE 0 END) AS whole FROM zone GROUP BY apex) AS z ON z.apex = c.zone
JOIN name_owner AS o ON o.name = c.name
