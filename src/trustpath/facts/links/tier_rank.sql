-- The tiers from the strictest to the most relaxed.
SELECT 'public' AS tier, 1 AS rank UNION ALL SELECT 'partner', 2 UNION ALL SELECT 'internal', 3 UNION ALL SELECT 'workload', 4
