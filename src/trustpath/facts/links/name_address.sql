-- The addresses a name leads to through its aliases: from zones we hold, and from live answers
-- where the end of the chain is not ours. `live` marks the latter.
-- index: name; address_key
SELECT DISTINCT r.name, d.address, d.address_key, FALSE AS live
FROM resolution AS r
JOIN rdata AS d ON d.name = r.final_source AND d.type IN ('A', 'AAAA') AND d.zone = COALESCE(r.final_apex, d.zone)
WHERE d.address IS NOT NULL
UNION
SELECT a.name, a.address, a.address_key, TRUE
FROM answer_rdata AS a
JOIN resolution AS r ON r.name = a.name
WHERE a.address IS NOT NULL AND a.type IN ('A', 'AAAA') AND NOT r.final_held
