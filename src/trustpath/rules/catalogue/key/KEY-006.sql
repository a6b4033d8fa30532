-- id: KEY-006
-- title: Automation credential used by hand
-- says: The credential {subject} ({kind}) belongs to automation but is used by hand.
-- subject: credential of automation
-- severity: public=medium partner=medium internal=medium workload=medium
-- gate: observe
-- inputs: P H
-- source: catalogue F.wave2
-- csf: DE.CM-03, PR.AA-05
-- nhi: NHI10:2025
-- missing: declaration
-- decides: declare `interactive_use` of the credential (credentials)
-- remediation: Give people a break-glass procedure with named users, and change the credential.
-- Judged by what the owner of the credential or its audit trail reports; where nothing is reported it
-- is unknown.
SELECT c.id AS subject, COALESCE(s.tier, z.tier, o.default_tier, 'public') AS tier,
  COALESCE(c.owner, z.job_owner, s.owner) AS owner,
  NOT c.interactive_use AS holds,
  c.kind
FROM credential AS c
LEFT JOIN job_state AS z ON z.id = c.job
LEFT JOIN service AS s ON s.id = COALESCE(c.service, z.service)
LEFT JOIN organisation AS o ON TRUE
