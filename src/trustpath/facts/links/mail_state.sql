-- What the records of one kind at a name come to for receivers: `fault` is one of their faults, `number` how many
-- of them one view holds that receivers see as such (all of them for DKIM, where no version is needed), `bits` the size of the
-- shortest RSA key. `whole` says that no other can be there: the zone is known whole, no copy of
-- it was lost, and every record's view is known too.
-- index: name
SELECT t.name, t.kind, MIN(t.domain) AS domain, MIN(t.fault) AS fault, MAX(t.number) AS number, MIN(t.bits) AS bits,
  MIN(t.placed) = 1 AND MIN(CASE WHEN z."full" THEN 1 ELSE 0 END) = 1 AND COUNT(l.name) = 0 AS whole
FROM (
  SELECT zone, name, kind, view, MIN(domain) AS domain, MIN(fault) AS fault,
    COUNT(DISTINCT CASE WHEN versioned OR kind = 'dkim' THEN rdata END) AS number,
    MIN(CASE WHEN key_type = 'rsa' THEN key_bits END) AS bits, MIN(CASE WHEN placed THEN 1 ELSE 0 END) AS placed
  FROM mail_record GROUP BY zone, name, kind, view
) AS t
JOIN zone AS z ON z.apex = t.zone
LEFT JOIN (SELECT DISTINCT name FROM part WHERE coverage <> 'full' OR NOT fresh) AS l ON l.name = t.zone
GROUP BY t.name, t.kind
