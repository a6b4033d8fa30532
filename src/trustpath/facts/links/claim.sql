-- Ownership patterns by the name they hang on: what holds for the name itself (self) and what its
-- descendants inherit (pass), per kind. A plain pattern covers both, `=name` only itself, `*.name`
-- only what is below.
-- index: base
SELECT base,
  MIN(CASE WHEN kind = 'zone' AND match <> 'below' THEN owner END) AS zone_self,
  MIN(CASE WHEN kind = 'zone' AND match <> 'exact' THEN owner END) AS zone_pass,
  MIN(CASE WHEN kind = 'record' AND match <> 'below' THEN owner END) AS record_self,
  MIN(CASE WHEN kind = 'record' AND match <> 'exact' THEN owner END) AS record_pass,
  MIN(CASE WHEN kind = 'name' AND match <> 'below' THEN owner END) AS name_self,
  MIN(CASE WHEN kind = 'name' AND match <> 'exact' THEN owner END) AS name_pass,
  MIN(CASE WHEN kind = 'certificate' AND match <> 'below' THEN owner END) AS certificate_self,
  MIN(CASE WHEN kind = 'certificate' AND match <> 'exact' THEN owner END) AS certificate_pass
FROM ownership
GROUP BY base
