-- Whether the world of a kind of evidence is closed: the estate claims that certain sources
-- together hold all of it, and every part of each of them arrived whole and is fresh. Only then may
-- "there is no other" be concluded. No row: nobody claims it.
-- index: kind
SELECT c.kind, MIN(CASE WHEN s.whole = 1 THEN 1 ELSE 0 END) = 1 AS closed
FROM complete AS c
LEFT JOIN (
  SELECT source, MIN(CASE WHEN fresh AND coverage = 'full' THEN 1 ELSE 0 END) AS whole FROM part GROUP BY source
) AS s ON s.source = c.source
GROUP BY c.kind
