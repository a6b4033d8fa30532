-- may: obtain
-- kind: control elsewhere
-- ends by: take the alias or delegation back
SELECT DISTINCT i.method || ' through ' || i.type || ' at ' || i.control, CAST(NULL AS BIGINT),
  CAST(NULL AS TEXT), i.outside, TRUE
FROM issuance_surface AS i WHERE i.name = {name} AND i.outside
