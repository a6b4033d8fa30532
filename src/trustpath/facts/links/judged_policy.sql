-- The policy numbers of each tier, once it is sure which tier a name is in: a service puts its names
-- into one, and while a source that may describe services is silent nobody can tell. Then there is no
-- row, as where no policy is stated at all, so that no verdict rests on the numbers of another tier.
-- index: tier
SELECT p.* FROM tier_policy AS p JOIN declared AS d ON d.whole
