"""The state as of an instant: which parts count, and what each relation then holds.

The same SELECTs feed every judging engine, so engines cannot differ in what they see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from trustpath.facts import schema

# Relations that carry the zone they are of: of several copies of a zone in one view only the best
# counts (whole before partial, then the higher grade, then the newer), the rest is compared.
ZONE_RELATIONS = tuple(
    table.name for table in schema.TABLES if table.columns[0].name in ("zone", "apex")
    and table.relation.__module__.endswith(".dns")
)
# Content-addressed relations: the same row from several parts is one fact.
SHARED = frozenset(
    table.name
    for table in schema.TABLES
    if table.relation.__module__.endswith((".certificate", ".policy", ".automation", ".declaration", ".revocation"))
) | {"presented_certificate", "known_log", "ct_log"}

PART_COLUMNS = (
    ("id", "BIGINT"),
    ("source", "TEXT"),
    ("kind", "TEXT"),
    ("name", "TEXT"),
    ("view", "TEXT"),
    ("grade", "BIGINT"),
    ("coverage", "TEXT"),
    ("observed_at", "BIGINT"),
    ("fresh", "BOOLEAN"),
    ("chosen", "BOOLEAN"),
    ("copied", "BOOLEAN"),
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What to look at: the instant of judging, the instant whose state is judged, the sources.

    ``freshness`` maps each configured source to its limit in seconds, None for no limit; sources
    that are not in it do not count at all.
    """

    now: int
    as_of: int
    freshness: Mapping[str, int | None]


PARTS = """
SELECT p.id, p.source, p.kind, p.name, p.view, g.grade, l.coverage, g.observed_at
FROM source_part AS p
JOIN (
  SELECT part, coverage, gone, ROW_NUMBER() OVER (PARTITION BY part ORDER BY observed_at DESC, rowid DESC) AS place
  FROM collection WHERE observed_at <= :as_of
) AS l ON l.part = p.id AND l.place = 1 AND NOT l.gone
LEFT JOIN (
  SELECT part, grade, observed_at, ROW_NUMBER() OVER (PARTITION BY part ORDER BY observed_at DESC, rowid DESC) AS place
  FROM collection WHERE observed_at <= :as_of AND coverage <> 'none'
) AS g ON g.part = p.id AND g.place = 1
ORDER BY p.id
"""
"""The parts known at an instant, with the coverage of the last try and the age of the last success."""

ZONES = """
SELECT z.apex, z.part, z."full" FROM fact_zone AS z
WHERE z.valid_from <= :as_of AND (z.valid_to IS NULL OR z.valid_to > :as_of)
"""


def valid(as_of: int) -> str:
    """Return the SQL condition that a row was valid at an instant."""
    return f"valid_from <= {as_of} AND (valid_to IS NULL OR valid_to > {as_of})"


def choose(
    parts: list[tuple[int, str, str, str, str, int | None, str, int | None]],
    zones: list[tuple[str, int, bool]],
    snapshot: Snapshot,
) -> Iterator[tuple[object, ...]]:
    """Yield the ``part`` rows: fresh or not, chosen or not among the copies of a zone."""
    fresh: dict[int, bool] = {}
    for part_id, source, _kind, _name, _view, _grade, _coverage, observed_at in parts:
        if source not in snapshot.freshness or observed_at is None:
            fresh[part_id] = False
            continue
        limit = snapshot.freshness[source]
        fresh[part_id] = limit is None or snapshot.now - observed_at <= limit
    details = {row[0]: row for row in parts}
    best: dict[tuple[str, str], tuple[object, ...]] = {}
    copies: set[int] = set()
    holders: Counter[str] = Counter(apex for apex, part_id, _full in zones if fresh.get(part_id))
    copied = {part_id for apex, part_id, _full in zones if holders[apex] > 1}
    for apex, part_id, full in zones:
        if not fresh.get(part_id):
            continue
        copies.add(part_id)
        row = details[part_id]
        rank = (bool(full), row[5] or 0, row[7] or 0, -part_id)
        key = (apex, row[4])
        if key not in best or rank > best[key]:
            best[key] = rank
    winners = {-int(str(rank[3])) for rank in best.values()}
    for row in parts:
        part_id, source = row[0], row[1]
        if source in snapshot.freshness:
            chosen = fresh[part_id] and (part_id not in copies or part_id in winners)
            yield (*row, fresh[part_id], chosen, part_id in copied)


def relation_select(table: schema.Table, as_of: int, prefix: str = "") -> str:
    """Return the SELECT that gives a relation's rows of the chosen parts at an instant."""
    columns = ", ".join(f'f."{column.name}"' for column in table.columns)
    distinct = "DISTINCT " if table.name in SHARED else ""
    return (
        f"SELECT {distinct}{columns} FROM {prefix}fact_{table.name} AS f "
        f"JOIN {prefix}part AS p ON p.id = f.part AND p.chosen "
        f"WHERE f.valid_from <= {as_of} AND (f.valid_to IS NULL OR f.valid_to > {as_of})"
    )


HISTORY: dict[str, str] = {
    "rrset_history": (
        "SELECT f.name, f.type, MIN(f.valid_from) AS first_seen, "
        "CASE WHEN MAX(CASE WHEN f.valid_to IS NULL OR f.valid_to > {as_of} THEN 1 ELSE 0 END) = 0 "
        "THEN MAX(f.valid_to) END AS gone_at "
        "FROM fact_rrset AS f WHERE f.valid_from <= {as_of} GROUP BY f.name, f.type"
    ),
    "rdata_history": (
        "SELECT f.name, f.type, f.rdata, MIN(f.valid_from) AS first_seen, "
        "CASE WHEN MAX(CASE WHEN f.valid_to IS NULL OR f.valid_to > {as_of} THEN 1 ELSE 0 END) = 0 "
        "THEN MAX(f.valid_to) END AS gone_at "
        "FROM fact_rdata AS f WHERE f.valid_from <= {as_of} GROUP BY f.name, f.type, f.rdata"
    ),
    "certificate_history": (
        "SELECT f.fingerprint AS certificate, f.spki, MIN(f.valid_from) AS first_seen "
        "FROM fact_certificate AS f WHERE f.valid_from <= {as_of} GROUP BY f.fingerprint, f.spki"
    ),
    "service_name_history": (
        "SELECT f.name, f.service, s.owner, MIN(f.valid_from) AS first_seen, "
        "CASE WHEN MAX(CASE WHEN f.valid_to IS NULL OR f.valid_to > {as_of} THEN 1 ELSE 0 END) = 0 "
        "THEN MAX(f.valid_to) END AS gone_at "
        "FROM fact_service_name AS f JOIN fact_service AS s ON s.id = f.service "
        "WHERE f.valid_from <= {as_of} GROUP BY f.name, f.service, s.owner"
    ),
    "zone_copy": (
        'SELECT z.apex, z.part, p.source, p.view, p.grade, z."full" AS whole, z.serial, p.chosen '
        "FROM fact_zone AS z JOIN part AS p ON p.id = z.part AND p.fresh "
        "WHERE z.valid_from <= {as_of} AND (z.valid_to IS NULL OR z.valid_to > {as_of}) AND p.copied"
    ),
    "rdata_copy": (
        "SELECT f.part, f.zone, f.name, f.type, f.rdata FROM fact_rdata AS f "
        "JOIN part AS p ON p.id = f.part AND p.copied "
        "WHERE f.valid_from <= {as_of} AND (f.valid_to IS NULL OR f.valid_to > {as_of})"
    ),
}
"""Relations that only a store can give: when something was first seen and last seen, and the
copies of zones that several sources hold."""
