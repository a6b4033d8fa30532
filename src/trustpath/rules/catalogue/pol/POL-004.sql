-- id: POL-004
-- title: Exception that ended or has no owner
-- says: The exception {subject} from {excuses}[ for {excused}][ ended on {ended}][ {fault}].
-- subject: exception
-- severity: public=medium partner=medium internal=medium workload=medium
-- gate: observe
-- inputs: O
-- source: catalogue F.POL
-- csf: ID.RA-07, GV.OV-02
-- missing: declaration
-- decides: declare `until` of the exception (exceptions)
-- remediation: Repair what it excuses, or renew it with a reason, an owner and a new end.
-- An exception whose end nobody wrote down may or may not have ended.
SELECT x.id AS subject, COALESCE(o.default_tier, 'public') AS tier, x.owner,
  CASE WHEN x.owner IS NULL THEN FALSE ELSE x.until >= m.now END AS holds,
  CASE WHEN x.owner IS NOT NULL AND x.until < m.now THEN x.until END AS ended,
  CASE WHEN x.owner IS NULL THEN 'has no owner' END AS fault,
  x.rule AS excuses, x.subject AS excused, x.until, x.reason
FROM waiver AS x
CROSS JOIN moment AS m
LEFT JOIN organisation AS o ON TRUE
