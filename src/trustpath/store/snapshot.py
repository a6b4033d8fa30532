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
    table.name
    for table in schema.TABLES
    if table.columns[0].name in ("zone", "apex") and table.relation.__module__.endswith(".dns")
)
# Content-addressed relations: the same row from several parts is one fact.
SHARED = frozenset(
    table.name
    for table in schema.TABLES
    if table.relation.__module__.endswith(
        (".certificate", ".policy", ".automation", ".declaration", ".revocation")
    )
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
  SELECT part, coverage, gone,
    ROW_NUMBER() OVER (PARTITION BY part ORDER BY observed_at DESC, rowid DESC) AS place
  FROM collection WHERE observed_at <= :as_of
) AS l ON l.part = p.id AND l.place = 1 AND NOT l.gone
LEFT JOIN (
  SELECT part, grade, observed_at,
    ROW_NUMBER() OVER (PARTITION BY part ORDER BY observed_at DESC, rowid DESC) AS place
  FROM collection WHERE observed_at <= :as_of AND coverage <> 'none'
) AS g ON g.part = p.id AND g.place = 1
ORDER BY p.id
"""
"""The parts known at an instant: coverage of the last try, age and grade of the last success."""

ZONES = """
SELECT z.apex, z.part, z."full" FROM fact_zone AS z
WHERE z.valid_from <= :as_of AND (z.valid_to IS NULL OR z.valid_to > :as_of)
"""


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


@dataclass(frozen=True, slots=True)
class Relation:
    """How an engine gets a relation of facts: its SELECT over the store and the indexes that pay.

    ``types`` maps columns to SQL types; columns that are not in it keep what the store gives.
    ``shared``: several parts may give the same row, which is one fact; engines drop the copies.
    """

    name: str
    template: str
    indexes: tuple[tuple[str, ...], ...]
    types: Mapping[str, str]
    shared: bool = False

    def select(self, as_of: int, *, only: str = "") -> str:
        """Return the SELECT that gives the rows as of an instant.

        ``only`` is a condition on the store's rows, called ``f``, that cuts some of them out.
        """
        cut = f"{only} AND " if only else ""
        return self.template.replace(":cut ", cut).replace(":as_of", str(as_of))


def _relation(table: schema.Table) -> Relation:
    if table.name == "service":
        return _service(table)
    columns = ", ".join(f'f."{column.name}"' for column in table.columns)
    return Relation(
        table.name,
        f"SELECT {columns} FROM fact_{table.name} AS f "
        "JOIN part AS p ON p.id = f.part AND p.chosen WHERE " + _VALID,
        table.indexes,
        {column.name: column.type for column in table.columns},
        table.name in SHARED,
    )


def _service(table: schema.Table) -> Relation:
    """Return one row for each service, whoever describes it.

    A catalogue and the estate file may both: column by column the estate file counts where it says
    something, so that a subject has one owner and one tier.
    """
    columns = ", ".join(
        f"COALESCE(MIN(CASE WHEN p.kind = 'estate' THEN f.\"{column.name}\" END), "
        f'MIN(f."{column.name}")) AS "{column.name}"'
        for column in table.columns[1:]
    )
    return Relation(
        table.name,
        f"SELECT f.id, {columns} FROM fact_{table.name} AS f "
        f"JOIN part AS p ON p.id = f.part AND p.chosen WHERE {_VALID} GROUP BY f.id",
        table.indexes,
        {column.name: column.type for column in table.columns},
    )


_VALID = ":cut f.valid_from <= :as_of AND (f.valid_to IS NULL OR f.valid_to > :as_of)"
_GONE_AT = (
    "CASE WHEN MAX(CASE WHEN f.valid_to IS NULL OR f.valid_to > :as_of THEN 1 ELSE 0 END) = 0 "
    "THEN MAX(f.valid_to) END AS gone_at"
)
_SEEN = "MIN(f.valid_from) AS first_seen"
_UNTIL = "WHERE :cut f.valid_from <= :as_of"


_WORDS = "name type rdata certificate spki service owner domain apex source view zone address"
_STORE_TYPES: dict[str, str] = {
    **dict.fromkeys(_WORDS.split(), "TEXT"),
    **dict.fromkeys(("fingerprint", "server_name"), "TEXT"),
    **dict.fromkeys(("first_seen", "gone_at", "changed_at", "observed_at"), "BIGINT"),
    **dict.fromkeys(("grade", "serial", "port"), "BIGINT"),
    **dict.fromkeys(("whole", "chosen", "occluded"), "BOOLEAN"),
}
"""What the columns below are, so that an empty relation has types too."""


def _provenance(relation: str, *key: str) -> Relation:
    """Return ``<relation>_part``: who said it, how good that is, and when it was said."""
    columns = ", ".join(f"f.{column}" for column in key)
    return Relation(
        f"{relation}_part",
        f"SELECT DISTINCT {columns}, p.source, p.kind, p.name AS part, p.grade, p.observed_at "
        f"FROM fact_{relation} AS f JOIN part AS p ON p.id = f.part AND p.chosen WHERE {_VALID}",
        (key,),
        _STORE_TYPES,
    )


# A name's time with an owner: while both the claim of the service and the service's owner held.
_OWNED_NAME = (
    "SELECT n.name, n.service, s.owner, "
    "CASE WHEN s.valid_from > n.valid_from THEN s.valid_from ELSE n.valid_from END AS valid_from, "
    "CASE WHEN n.valid_to IS NULL OR s.valid_to < n.valid_to THEN s.valid_to "
    "ELSE n.valid_to END AS valid_to "
    "FROM fact_service_name AS n JOIN fact_service AS s ON s.id = n.service "
    "AND (s.valid_to IS NULL OR s.valid_to > n.valid_from) "
    "AND (n.valid_to IS NULL OR n.valid_to > s.valid_from)"
)

# Whatever a copy of a zone holds, answered with or hidden behind a cut.
_HELD = " UNION ALL ".join(
    f"SELECT part, zone, name, type, rdata, {hidden} AS occluded, valid_from, valid_to FROM {table}"
    for table, hidden in (("fact_rdata", "FALSE"), ("fact_occluded", "TRUE"))
)

# Every instant at which a mail policy or one of its hosts came or went.
_MAIL_POLICY_MOVES = " UNION ALL ".join(
    f"SELECT domain, {column} AS moved FROM fact_{table}"
    for table in ("mail_policy", "mail_policy_host")
    for column in ("valid_from", "valid_to")
)

# What only a store can give: when something was first and last seen, and the copies of zones that
# several sources hold.
_OF_THE_STORE = (
    Relation(
        "rrset_history",
        f"SELECT f.name, f.type, {_SEEN}, {_GONE_AT} FROM fact_rrset AS f {_UNTIL} "
        "GROUP BY f.name, f.type",
        (("name", "type"),),
        _STORE_TYPES,
    ),
    Relation(
        "rdata_history",
        f"SELECT f.name, f.type, f.rdata, {_SEEN}, {_GONE_AT} FROM fact_rdata AS f {_UNTIL} "
        "GROUP BY f.name, f.type, f.rdata",
        (("name", "type"),),
        _STORE_TYPES,
    ),
    Relation(
        "certificate_history",
        f"SELECT f.fingerprint AS certificate, f.spki, {_SEEN} FROM fact_certificate AS f {_UNTIL} "
        "GROUP BY f.fingerprint, f.spki",
        (("certificate",), ("spki",)),
        _STORE_TYPES,
    ),
    Relation(
        "service_name_history",
        "SELECT f.name, f.service, f.owner, MIN(f.valid_from) AS first_seen, "
        f"{_GONE_AT} FROM ({_OWNED_NAME}) AS f {_UNTIL} GROUP BY f.name, f.service, f.owner",
        (("name",),),
        _STORE_TYPES,
    ),
    Relation(
        "mail_policy_history",
        "SELECT domain, MIN(moved) AS first_seen, MAX(moved) AS changed_at "
        f"FROM ({_MAIL_POLICY_MOVES}) AS f WHERE :cut moved <= :as_of GROUP BY domain",
        (("domain",),),
        _STORE_TYPES,
    ),
    Relation(
        "zone_copy",
        'SELECT f.apex, f.part, p.source, p.view, p.grade, f."full" AS whole, f.serial, p.chosen '
        "FROM fact_zone AS f JOIN part AS p ON p.id = f.part AND p.fresh AND p.copied "
        f"WHERE {_VALID}",
        (("apex",), ("part",)),
        _STORE_TYPES,
    ),
    _provenance("zone", "apex"),
    _provenance("certificate", "fingerprint"),
    _provenance("presentation", "address", "port", "server_name"),
    _provenance("answer", "name", "type"),
    _provenance("service_name", "name", "service"),
    Relation(
        "rdata_copy",
        f"SELECT f.part, f.zone, f.name, f.type, f.rdata, f.occluded FROM ({_HELD}) AS f "
        f"JOIN part AS p ON p.id = f.part AND p.fresh AND p.copied WHERE {_VALID}",
        (("zone", "name", "type"), ("part",)),
        _STORE_TYPES,
    ),
)

RELATIONS: dict[str, Relation] = {
    relation.name: relation
    for relation in (
        *(_relation(table) for table in schema.TABLES if table.name != "moment"),
        *_OF_THE_STORE,
    )
}
"""Every relation of facts that rules and links may name, beside ``part`` and ``moment``."""
