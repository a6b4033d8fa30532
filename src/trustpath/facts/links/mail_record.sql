-- The records of mail_authentication that their zone answers with. `view` is one view that holds the record,
-- a row for each; NULL in a zone of one view, and for a record of which no copy tells the view (one that a change
-- would add), which `placed` tells apart. `shown` says that the world sees it (zone_view), NULL where nobody can tell.
-- index: name; domain
WITH side AS (
  SELECT apex, COUNT(DISTINCT view) AS views, MIN(CASE WHEN shown THEN 1 ELSE 0 END) AS least,
    MAX(CASE WHEN shown THEN 1 ELSE 0 END) AS most
  FROM zone_view GROUP BY apex
),
copied AS (
  SELECT DISTINCT c.zone, c.name, c.rdata, v.view, v.shown
  FROM rdata_copy AS c
  JOIN zone_view AS v ON v.part = c.part AND v.apex = c.zone
  JOIN side AS e ON e.apex = c.zone AND e.views > 1
  JOIN mail_authentication AS m ON m.zone = c.zone AND m.name = c.name AND m.rdata = c.rdata
  WHERE c.type = 'TXT' AND NOT c.occluded
)
SELECT m.zone, m.name, m.domain, m.kind, m.rdata, m.versioned, m.fault, m.policy, m.sends, m.key_type, m.key_bits,
  c.view, COALESCE(e.views, 1) < 2 OR c.name IS NOT NULL AS placed,
  CASE WHEN e.apex IS NULL THEN TRUE WHEN e.least = e.most THEN e.most = 1 ELSE c.shown END AS shown
FROM mail_authentication AS m
JOIN node AS n ON n.name = m.name AND n.apex = m.zone AND n.cut IS NULL
LEFT JOIN side AS e ON e.apex = m.zone
LEFT JOIN copied AS c ON c.zone = m.zone AND c.name = m.name AND c.rdata = m.rdata
