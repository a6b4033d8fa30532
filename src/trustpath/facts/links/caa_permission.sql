-- permits(ca, account, method, wildcard) for every issuance request (RFC 8659, RFC 8657).
-- `permits` is TRUE, FALSE or NULL: NULL when a level of the climb could not be looked up, when
-- the CA or its CAA names are not known, when only a property bound to an account or method that
-- we do not know could grant, or when CAs read the set in different ways (`doubt` says how). `owner_name` is
-- where the relevant RRset lies. A method given as
-- `br-<n>` is matched by its label `ca-tbr-<n>` (BR 4.2.2.1). `may` is what follows from it for the
-- CA: one that does not look at CAA may issue whatever it says, and where nobody knows whether it
-- looks, only a set that permits decides. The check before an order says the same of live answers.
-- index: kind, id; name
WITH need AS (
  SELECT r.kind, r.id, r.name, r.wildcard, r.ca, r.account, r.method, r.checks_caa,
    CASE WHEN substr(r.method, 1, 3) = 'br-' THEN 'ca-t' || r.method ELSE r.method END AS label,
    v.owner AS owner_name, v.known
  FROM issuance_request AS r JOIN caa_relevant AS v ON v.name = r.base
),
free AS (
  SELECT DISTINCT owner, wildcard, ca FROM caa_grant WHERE accounturi IS NULL AND NOT has_methods AND doubt IS NULL
),
bound AS (
  SELECT n.kind, n.id, n.name,
    MAX(CASE
      WHEN g.doubt IS NOT NULL THEN 1
      WHEN (g.accounturi IS NULL OR g.accounturi = n.account) AND (NOT g.has_methods OR m.method IS NOT NULL) THEN 2
      WHEN (g.accounturi IS NULL OR n.account IS NULL OR g.accounturi = n.account)
        AND (NOT g.has_methods OR n.label IS NULL OR m.method IS NOT NULL) THEN 1
      ELSE 0 END) AS fit,
    MIN(g.doubt) AS doubt
  FROM need AS n
  JOIN caa_grant AS g ON g.owner = n.owner_name AND g.wildcard = n.wildcard AND g.ca = n.ca
  LEFT JOIN caa_method AS m ON m.name = g.owner AND m.value = g.value AND m.method = n.label
  WHERE g.accounturi IS NOT NULL OR g.has_methods OR g.doubt IS NOT NULL
  GROUP BY n.kind, n.id, n.name
)
SELECT q.kind, q.id, q.name, q.wildcard, q.ca, q.account, q.method, q.owner_name, q.known, q.checks_caa, q.permits, q.doubt,
  CASE WHEN q.checks_caa = FALSE OR q.permits THEN TRUE WHEN q.checks_caa THEN q.permits END AS may
FROM (
  SELECT n.kind, n.id, n.name, n.wildcard, n.ca, n.account, n.method, n.owner_name, n.known, n.checks_caa,
    COALESCE(p.doubt, CASE WHEN f.ca IS NULL AND b.fit = 1 THEN b.doubt END) AS doubt,
    CASE
      WHEN NOT n.known THEN NULL
      WHEN n.owner_name IS NULL THEN TRUE
      WHEN p.shut THEN FALSE
      WHEN NOT p.restricted THEN CASE WHEN p.doubt IS NULL THEN TRUE END
      WHEN i.ca IS NULL THEN NULL
      WHEN f.ca IS NOT NULL THEN TRUE
      WHEN b.fit = 2 THEN TRUE
      WHEN b.fit = 1 THEN NULL
      ELSE FALSE
    END AS permits
  FROM need AS n
  LEFT JOIN caa_policy AS p ON p.owner = n.owner_name AND p.wildcard = n.wildcard
  LEFT JOIN (SELECT DISTINCT ca FROM ca_identity) AS i ON i.ca = n.ca
  LEFT JOIN free AS f ON f.owner = n.owner_name AND f.wildcard = n.wildcard AND f.ca = n.ca
  LEFT JOIN bound AS b ON b.kind = n.kind AND b.id = n.id AND b.name = n.name
) AS q
