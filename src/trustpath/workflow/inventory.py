"""Inventory: what there is, who owns it, how complete that is, and what sources disagree on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from trustpath.base.clock import DAY
from trustpath.rules.judge import Engine
from trustpath.workflow.session import Session

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of one kind; ``completeness`` is the share of rows (percent) that have each field.

    ``remark`` says what the rows cannot tell; empty where nothing hinders.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    completeness: dict[str, float]
    remark: str = ""


_CERTIFICATES = """
SELECT s.certificate, s.label, n.names, s.owner, c.issuer, s.ca, s.not_before, s.not_after,
  s.live, s.revoked, s.tier, e.seen, p.stored, t.logged, s.publicly_trusted
FROM scope_certificate AS s
JOIN certificate AS c ON c.fingerprint = s.certificate
LEFT JOIN (SELECT certificate, COUNT(*) AS names FROM certificate_name GROUP BY certificate) AS n
  ON n.certificate = s.certificate
LEFT JOIN (
  SELECT leaf, COUNT(DISTINCT address || ' ' || port) AS seen FROM presentation GROUP BY leaf
) AS e ON e.leaf = s.certificate
LEFT JOIN (
  SELECT certificate, COUNT(DISTINCT place) AS stored FROM certificate_place GROUP BY certificate
) AS p ON p.certificate = s.certificate
LEFT JOIN (
  SELECT serial, issuer_organisation, COUNT(*) AS logged FROM ct_entry GROUP BY serial,
    issuer_organisation
) AS t ON t.serial = c.serial AND t.issuer_organisation = c.issuer_organisation
ORDER BY s.not_after, s.certificate
"""
_NAMES_OF = "SELECT certificate, name FROM certificate_name ORDER BY certificate, name"
_SEEN_AT = """
SELECT DISTINCT leaf, address || ':' || port, server_name FROM presentation
WHERE leaf IS NOT NULL
"""
_STORED_AT = "SELECT DISTINCT certificate, place FROM certificate_place"


def certificates(engine: Engine, now: int) -> Listing:
    """Return the certificate inventory: names, owner, issuer, expiry, where seen, where stored."""
    names = _grouped(engine.query(_NAMES_OF))
    seen = _grouped([(leaf, place) for leaf, place, _ in engine.query(_SEEN_AT)])
    stored = _grouped(engine.query(_STORED_AT))
    rows = []
    for row in engine.query(_CERTIFICATES):
        fingerprint, label, _, owner, issuer, ca, begins, ends, live, revoked, tier = row[:11]
        key = str(fingerprint)
        rows.append(
            {
                "certificate": key,
                "label": label,
                "names": names.get(key, []),
                "owner": owner,
                "issuer": issuer,
                "ca": ca,
                "not_before": begins,
                "not_after": ends,
                "days_left": (int(str(ends)) - now) // DAY,
                "state": "revoked"
                if revoked
                else "live"
                if live
                else "expired"
                if int(str(ends)) < now
                else "future",
                "tier": tier,
                "seen_at": sorted(set(seen.get(key, []))),
                "stored_at": sorted(set(stored.get(key, []))),
                "logged": row[13] is not None,
                "publicly_trusted": None if row[14] is None else bool(row[14]),
            }
        )
    fields = (
        "names",
        "owner",
        "issuer",
        "ca",
        "not_after",
        "seen_at",
        "stored_at",
        "publicly_trusted",
    )
    return _listing(tuple(rows[0]) if rows else ("certificate",), rows, fields)


_NAMES = """
SELECT s.name, s.apex AS zone, s.service, s.tier, s.owner, s.record_owner, s.resolves,
  s.addresses,
  s.final AS leads_to, c.certificates, c.next_expiry
FROM scope_name AS s
LEFT JOIN (
  SELECT v.name, COUNT(DISTINCT v.certificate) AS certificates, MAX(t.not_after) AS next_expiry
  FROM name_coverage AS v JOIN certificate_state AS t ON t.certificate = v.certificate
  WHERE t.live GROUP BY v.name
) AS c ON c.name = s.name
ORDER BY s.name
"""


def names(engine: Engine, _now: int) -> Listing:
    """Return every host name with its zone, service, owners, resolution and certificates."""
    columns = ("name", "zone", "service", "tier", "owner", "record_owner", "resolves", "addresses",
               "leads_to", "certificates", "next_expiry")  # fmt: skip
    rows = _rows(engine, _NAMES, columns)
    for row in rows:
        row["resolves"] = None if row["resolves"] is None else bool(row["resolves"])
    fields = ("zone", "service", "owner", "record_owner", "resolves", "certificates")
    return _listing(columns, rows, fields)


_ZONES = """
SELECT z.apex AS zone, p.source, p.grade, z.whole, z.signed, z.serial, COALESCE(r.rrsets,
  0) AS rrsets, z.owner, z.tier, p.observed_at
FROM scope_zone AS z
LEFT JOIN zone_part AS p ON p.apex = z.apex
LEFT JOIN (SELECT zone, COUNT(*) AS rrsets FROM rrset GROUP BY zone) AS r ON r.zone = z.apex
ORDER BY z.apex, p.source
"""


def zones(engine: Engine, _now: int) -> Listing:
    """Return every zone with the source that counts, its coverage, DNSSEC state and owner."""
    columns = (
        "zone",
        "source",
        "grade",
        "whole",
        "signed",
        "serial",
        "rrsets",
        "owner",
        "tier",
        "observed_at",
    )
    rows = _rows(engine, _ZONES, columns)
    for row in rows:
        row["whole"] = bool(row["whole"])
        row["signed"] = None if row["signed"] is None else bool(row["signed"])
    return _listing(columns, rows, ("owner", "signed", "serial"))


_OWNERS = """
SELECT o.id AS owner, o.kind, o.contacts, o.active, o.attested_at,
  COALESCE(z.n, 0) AS zones, COALESCE(s.n, 0) AS services, COALESCE(m.n, 0) AS names,
    COALESCE(c.n, 0) AS certificates
FROM (
  SELECT id, MIN(kind) AS kind, MAX(contacts) AS contacts, MIN(active) AS active,
    MAX(attested_at) AS attested_at
  FROM owner GROUP BY id
) AS o
LEFT JOIN (SELECT owner, COUNT(*) AS n FROM scope_zone GROUP BY owner) AS z ON z.owner = o.id
LEFT JOIN (SELECT owner, COUNT(*) AS n FROM service GROUP BY owner) AS s ON s.owner = o.id
LEFT JOIN (SELECT owner, COUNT(*) AS n FROM scope_name GROUP BY owner) AS m ON m.owner = o.id
LEFT JOIN (SELECT owner, COUNT(*) AS n FROM scope_certificate GROUP BY owner) AS c
  ON c.owner = o.id
ORDER BY o.id
"""


def owners(engine: Engine, _now: int) -> Listing:
    """Return every owner with what it answers for, once, however many sources describe it.

    It counts as inactive as soon as one source says so.
    """
    columns = (
        "owner",
        "kind",
        "contacts",
        "active",
        "attested_at",
        "zones",
        "services",
        "names",
        "certificates",
    )
    rows = _rows(engine, _OWNERS, columns)
    for row in rows:
        row["active"] = None if row["active"] is None else bool(row["active"])
    return _listing(columns, rows, ("contacts", "active", "attested_at"))


_UNOWNED = """
SELECT kind, subject, tier FROM (
  SELECT 'zone' AS kind, apex AS subject, tier FROM scope_zone WHERE owner IS NULL
  UNION ALL
  SELECT 'record', name || ' ' || type, tier FROM scope_rrset
  WHERE owner IS NULL AND (issuance OR locates OR binds_key OR policy OR delegates)
  UNION ALL
  SELECT 'name', name, tier FROM scope_name WHERE owner IS NULL
  UNION ALL
  SELECT 'certificate', certificate || ' ' || label, tier FROM scope_certificate
    WHERE owner IS NULL AND live
) AS orphan
ORDER BY kind, subject
"""


def unowned(engine: Engine, _now: int) -> Listing:
    """Return every zone, trust-affecting record, name and live certificate that nobody owns."""
    columns = ("kind", "subject", "tier")
    return _listing(columns, _rows(engine, _UNOWNED, columns), ())


_RECONCILE = """
SELECT k.kind, k.subject, MAX(k.declared) AS declared, MAX(k.dns) AS dns, MAX(k.served) AS served,
  MAX(k.logged) AS logged, MAX(k.stored) AS stored
FROM (
  SELECT 'name' AS kind, name AS subject, 1 AS declared, 0 AS dns, 0 AS served, 0 AS logged,
    0 AS stored FROM service_name
  UNION ALL SELECT 'name', name, 1, 0, 0, 0, 0 FROM job_name
  UNION ALL SELECT 'name', name, 0, 1, 0, 0, 0 FROM rrset
    WHERE type IN ('A', 'AAAA', 'CNAME', 'ALIAS', 'ANAME', 'HTTPS', 'SVCB',
      'Route53Provider/ALIAS') AND substr(name, 1, 1) <> '_'
  UNION ALL SELECT 'name', server_name, 0, 0, 1, 0, 0 FROM presentation
    WHERE leaf IS NOT NULL AND server_name <> ''
  UNION ALL SELECT 'name', name, 0, 0, 0, 1, 0 FROM ct_name
  UNION ALL SELECT 'name', n.name, 0, 0, 0, 0, 1 FROM certificate_name AS n
    JOIN certificate_state AS s ON s.certificate = n.certificate WHERE n.kind = 'dns'
      AND s.stored AND s.live AND NOT s.is_ca
  UNION ALL SELECT 'certificate', leaf, 0, 0, 1, 0, 0 FROM presentation WHERE leaf IS NOT NULL
  UNION ALL SELECT 'certificate', certificate, 0, 0, 0, 0, 1 FROM scope_certificate
    WHERE stored AND live
  UNION ALL SELECT 'certificate', certificate, 1, 0, 0, 0, 0 FROM job
    WHERE certificate IS NOT NULL
  UNION ALL SELECT 'certificate', COALESCE(c.fingerprint, e.fingerprint,
    e.issuer || ' ' || e.serial), 0, 0, 0, 1, 0
    FROM ct_entry AS e LEFT JOIN certificate AS c ON c.serial = e.serial
      AND c.issuer_organisation = e.issuer_organisation
) AS k
GROUP BY k.kind, k.subject
ORDER BY k.kind, k.subject
"""


def reconcile(engine: Engine, _now: int) -> Listing:
    """Return which side knows each name and certificate; only what some side lacks.

    Sides: declared (services and jobs), seen in DNS, served by an endpoint, logged in CT, in a
    store. A certificate is never in DNS, and a declared one is rare, so those sides are not
    counted as lacking for it; nor is a side for which no source is connected, which is None.
    """
    columns = ("kind", "subject", "declared", "dns", "served", "logged", "stored")
    rows = _rows(engine, _RECONCILE, columns)
    sides = {
        "declared": "SELECT COUNT(*) FROM service_name",
        "dns": "SELECT COUNT(*) FROM zone",
        "served": "SELECT COUNT(*) FROM presentation",
        "logged": "SELECT COUNT(*) FROM ct_log",
        "stored": "SELECT COUNT(*) FROM certificate_place",
    }
    connected = {side for side, sql in sides.items() if engine.query(sql)[0][0]}
    kept = []
    for row in rows:
        asked = connected - ({"declared", "dns"} if row["kind"] == "certificate" else set())
        lacking = sorted(side for side in asked if not row[side])
        for side in sides:
            # Nobody looked where no source is connected: that is not "no".
            row[side] = True if row[side] else False if side in connected else None
        if lacking:
            kept.append({**row, "lacking": lacking})
    listing = _listing((*columns, "lacking"), kept, ())
    if len(connected) > 1:
        return listing
    only = f"only one side is connected ({min(connected)})" if connected else "no side is connected"
    return replace(listing, remark=f"{only}: there is nothing to compare with")


LISTINGS: dict[str, Callable[[Engine, int], Listing]] = {
    "certificates": certificates,
    "names": names,
    "zones": zones,
    "owners": owners,
    "unowned": unowned,
    "reconcile": reconcile,
}


def inventory(
    session: Session, kind: str, *, as_of: int | None = None, engine: str = "auto"
) -> Listing:
    """Return one listing of the inventory."""
    with session.judging(as_of, engine) as judging:
        return LISTINGS[kind](judging, session.clock.now())


def _rows(engine: Engine, sql: str, columns: Sequence[str]) -> list[Row]:
    return [dict(zip(columns, row, strict=True)) for row in engine.query(sql)]


def _grouped(pairs: Sequence[tuple[Any, ...]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(str(key), []).append(str(value))
    return found


def _listing(columns: Sequence[str], rows: Sequence[Row], fields: Sequence[str]) -> Listing:
    total = len(rows)
    filled = {
        field: round(
            100
            * sum(row[field] is not None and row[field] not in ("", []) for row in rows)
            / total,
            1,
        )
        for field in fields
        if total
    }
    return Listing(tuple(columns), tuple(rows), filled)
