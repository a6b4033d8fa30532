-- id: LIFE-001
-- title: Retirement plan incomplete
-- says: The service {subject} is being retired[ ({retired_at})], and steps of its checklist are open
--   ({open_steps}), such as {first_open}.
-- subject: service on its way out
-- severity: public=medium partner=medium internal=low workload=low
-- gate: gate
-- inputs: O C Z P
-- source: catalogue F.LIFE; catalogue G.4
-- csf: ID.AM-08, GV.SC-10
-- nhi: NHI1:2025
-- missing: services
-- decides: declare the `retirement` checklist of the service (services)
-- remediation: Complete the retirement checklist, in its order: the provider's resource goes last.
-- Every step of the checklist must be recorded as done. A service whose checklist did not arrive,
-- since another catalogue declares it, is unknown.
SELECT s.id AS subject, s.tier, s.owner,
  CASE WHEN r.done = 0 THEN FALSE WHEN r.steps >= 13 THEN TRUE END AS holds,
  r.open_steps, r.first_open, s.retired_at
FROM service AS s
LEFT JOIN (
  SELECT service, COUNT(DISTINCT step) AS steps, MIN(CASE WHEN done THEN 1 ELSE 0 END) AS done,
    COUNT(DISTINCT CASE WHEN NOT done THEN step END) AS open_steps, MIN(CASE WHEN NOT done THEN step END) AS first_open
  FROM retirement_step GROUP BY service
) AS r ON r.service = s.id
WHERE s.state = 'retiring'
