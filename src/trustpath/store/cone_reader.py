"""Reading what a cone needs out of the store, over indexes that are made on first use and stay."""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from trustpath.base import names
from trustpath.facts import schema
from trustpath.facts.edits import Key, RecordSet, record_set
from trustpath.facts.proposal import HeldZone
from trustpath.facts.reach import AFFECTED, CONTEXT, CUTS, LEADS, SUPPORT, WITNESSES, Cut, Witness
from trustpath.facts.records.occlusion import servers
from trustpath.rules.status import TIERS
from trustpath.store.snapshot import RELATIONS

Row = tuple[object, ...]
CUT_RELATIONS = frozenset(cut.relation for cut in CUTS) | {"rrset"}
"""Relations that a cone holds in part; all others are whole in it."""

_UNREAD = """
SELECT name, source, kind FROM part WHERE coverage = 'none'
UNION
SELECT z.apex, p.source, p.kind FROM fact_zone AS z JOIN part AS p ON p.id = z.part
WHERE NOT p.fresh AND z.valid_from <= {as_of:d} AND (z.valid_to IS NULL OR z.valid_to > {as_of:d})
"""

_FULL = schema.BY_NAME["zone"].at("full")
_NAME = schema.BY_NAME["rrset"].at("name")
_TYPE = schema.BY_NAME["rrset"].at("type")


@dataclass(frozen=True, slots=True)
class Step:
    """A cut made ready: its SELECT, and the place of its column in a row."""

    cut: Cut
    sql: str
    place: int


Leads = tuple[tuple[int, str, tuple[int | None, ...]], ...]
"""Where rows lead: (column, kind, the level to give for each level of the key that cut one out)."""


class ConeReader:
    """Reads cones out of a store at one snapshot; ``part`` is a temporary table of it."""

    def __init__(self, connection: sqlite3.Connection, as_of: int) -> None:
        self._connection = connection
        self._as_of = as_of
        held = {name for name in RELATIONS if self._holds(name)}
        self._leads = {name: tuple(_leads(name)) for name in CUT_RELATIONS}
        self._steps: dict[str, list[Step]] = defaultdict(list)
        for cut in CUTS:
            if cut.relation in held:
                self._index(cut.relation, cut.column)
                sql = self._select(cut.relation, cut.column, cut.only)
                place = self.columns(cut.relation).index(cut.column)
                self._steps[cut.kind].append(Step(cut, sql, place))
        for column in ("name", "rname", "parent", "zone"):
            self._index("rrset", column)
        self._index("rdata", "target")
        self._index("certificate_name", "rname")
        self.witnesses = [
            (found.relation, row)
            for found in WITNESSES
            if not found.zone
            for row in self._few(found, ())
        ]
        self._of_zones = tuple(
            found for found in WITNESSES if found.zone and found.relation in held
        )
        self._strictest: dict[str, tuple[Row, Row]] | None = None
        self.rrset_by_name = self._select("rrset", "name")
        self._range = RELATIONS["rrset"].select(as_of, only="f.rname >= ? AND f.rname < ?")
        self._some = self._range + " LIMIT ?"
        self._below: dict[tuple[str, int], list[Row]] = {}
        self._underscored = (
            "SELECT DISTINCT f.name FROM json_each(?) AS k CROSS JOIN fact_rrset AS f "
            "JOIN part AS p ON p.id = f.part AND p.chosen "
            "WHERE f.rname >= k.value || '._' AND f.rname < k.value || '.`' "
            f"AND f.valid_from <= {as_of:d} AND (f.valid_to IS NULL OR f.valid_to > {as_of:d})"
        )
        self._hosts = RELATIONS["rrset"].select(
            as_of, only=f"f.parent = ? AND f.type IN ({_LEADING})"
        )
        self._elsewhere: list[tuple[str, str]] | None = None
        self._proposed: dict[str, list[tuple[str, str]]] | None = None

    def steps(self, kind: str) -> Sequence[Step]:
        """Return the cuts of a kind of key."""
        return self._steps.get(kind, ())

    def leads(self, relation: str) -> Leads:
        """Return where rows of a relation lead."""
        return self._leads.get(relation, ())

    def fetch(self, sql: str, keys: list[object]) -> list[Row]:
        """Run a SELECT of ``_select`` for keys."""
        return self._connection.execute(sql, (json.dumps(keys),)).fetchall() if keys else []

    def take(self, step: Step, keys: list[object]) -> list[Row]:
        """Return the rows that a cut gives for keys."""
        if not step.cut.few:
            return self.fetch(step.sql, keys)
        sql = f"{step.sql} LIMIT {step.cut.few:d}"
        return [row for key in keys for row in self.fetch(sql, [key])]

    def range(self, low: str, high: str) -> list[Row]:
        """Return the RRsets whose reversed owner name lies in [low, high)."""
        return self._connection.execute(self._range, (low, high)).fetchall()

    def underscored(self, rnames: list[str]) -> list[str]:
        """Return the owner names below reversed ones whose next label begins with ``_``."""
        if not rnames:
            return []
        found = self._connection.execute(self._underscored, (json.dumps(rnames),))
        return [str(name) for (name,) in found]

    def some_below(self, rname: str, limit: int) -> list[Row]:
        """Return a few RRsets below a name, if there are any."""
        rows = self._below.get((rname, limit))
        if rows is None:
            ends = (rname + ".", rname + "/", limit)
            rows = self._connection.execute(self._some, ends).fetchall()
            if len(self._below) > _REMEMBERED:
                self._below.clear()
            self._below[rname, limit] = rows
        return rows

    def some_hosts(self, base: str, limit: int) -> list[Row]:
        """Return a few RRsets one level below a name that lead to an endpoint."""
        return self._connection.execute(f"{self._hosts} LIMIT {limit:d}", (base,)).fetchall()

    def below(self, name: str) -> set[str]:
        """Return the names below a name that any fact in the store speaks of."""
        low, high = names.reverse(name) + ".", names.reverse(name) + "/"
        found = {str(row[_NAME]) for row in self.range(low, high)}
        sql = "SELECT DISTINCT base FROM fact_certificate_name WHERE rname >= ? AND rname < ?"
        found.update(str(row[0]) for row in self._connection.execute(sql, (low, high)))
        if self._elsewhere is None:
            self._elsewhere = self._reversed()
        first = bisect_left(self._elsewhere, (low, ""))
        last = bisect_left(self._elsewhere, (high, ""))
        found.update(near for _rname, near in self._elsewhere[first:last])
        return found

    def _reversed(self) -> list[tuple[str, str]]:
        """Return the names that stand elsewhere than in owner names and certificates, by rname."""
        select = " UNION ".join(
            f"SELECT {column} FROM fact_{relation} WHERE {column} IS NOT NULL"
            for relation, column in _NAMING
        )
        found = self._connection.execute(select)
        return sorted((names.reverse(str(name)), str(name)) for (name,) in found)

    def leading_to(self, name: str) -> list[tuple[str, str]]:
        """Return (owner name, type) of the records whose target is that name, or will be."""
        rows = self._connection.execute(
            RELATIONS["rdata"].select(self._as_of, only="f.target = ?"), (name,)
        )
        found = [(str(row[1]), str(row[2])) for row in rows]
        if self._proposed is None:
            self._proposed = defaultdict(list)
            record = schema.BY_NAME["change_record"]
            at = [record.at(column) for column in ("rdata", "name", "type")]
            for row in self.whole("change_record"):
                target, owner, rdtype = (str(row[i]) for i in at)
                self._proposed[target.lower().rstrip(".")].append((owner, rdtype))
        return found + self._proposed.get(name, [])

    def witness(self, apex: str, limit: int) -> Iterator[tuple[str, Row]]:
        """Yield the rows that stand for all others of a zone (``facts.reach.Witness``)."""
        for found in self._of_zones:
            for row in self._few(found, (apex,), limit):
                yield found.relation, row
        if self._strictest is None:
            self._strictest = strictest_services(
                self.whole("zone"), self.whole("service"), self.whole("service_name")
            )
        if apex in self._strictest:
            name, service = self._strictest[apex]
            yield "service_name", name
            yield "service", service

    def _few(self, found: Witness, parameters: tuple[str, ...], limit: int = 1) -> list[Row]:
        sql = RELATIONS[found.relation].select(self._as_of, only=f"({found.only})")
        end = f'GROUP BY f."{found.by}"' if found.by else f"LIMIT {limit:d}"
        return self._connection.execute(f"{sql} {end}", parameters).fetchall()

    def rows(self, relation: str, column: str, key: str) -> list[Row]:
        """Return the rows of a relation with a key in a column."""
        return self.fetch(self._select(relation, column), [key])

    def names_of(self, kind: str, key: str) -> set[str]:
        """Return the base names of a certificate, a job or a service."""
        relation = f"{kind}_name"
        at = schema.BY_NAME[relation].at("base")
        return {str(row[at]) for row in self.rows(relation, kind, key)}

    def zone_of(self, name: str) -> str | None:
        """Return the apex of the closest zone at or above a name."""
        here = name
        while here:
            if self.rows("zone", "apex", here):
                return here
            here = names.parent(here)
        return None

    def zones(self) -> list[HeldZone]:
        """Return the zones, one for each source that has it, and those that cannot be read."""
        full: dict[str, bool] = {}
        for row in self.whole("zone"):
            apex = str(row[0])
            full[apex] = bool(row[_FULL]) and full.get(apex, True)
        found = [
            HeldZone(str(row[0]), str(row[1]), str(row[2]), full.get(str(row[0]), False))
            for row in self.whole("zone_part")
        ]
        return [
            *found,
            *(HeldZone(apex, *by, None) for apex, told in self.unread().items() for by in told),
        ]

    def unread(self) -> dict[str, list[tuple[str, str]]]:
        """Return the zones that nobody has now, each with the sources and their kinds.

        Their parts could not be read, or what was read is too old. A part that could not be read
        and never was may as well be no zone.
        """
        found: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name, source, kind in self._connection.execute(_UNREAD.format(as_of=self._as_of)):
            apex = "" if name == "." else str(name)
            if not self.rows("zone", "apex", apex):
                found[apex].append((str(source), str(kind)))
        return found

    def at(self, zone: str, name: str) -> dict[Key, RecordSet]:
        """Return the RRsets of a zone at a name, what cuts hide included."""
        return _content(
            *(
                [row for row in self.rows(relation, "name", name) if row[0] == zone]
                for relation in _CONTENT
            )
        )

    def size_of(self, zone: str) -> int:
        """Return how many RRsets a zone holds, what cuts hide included."""
        keys = {
            (row[_NAME], row[_TYPE])
            for relation in ("rrset", "occluded")
            for row in self.rows(relation, "zone", zone)
        }
        return len(keys)

    def zone_content(self, zone: str) -> dict[Key, RecordSet]:
        """Return everything that a zone holds, what cuts hide included."""
        return _content(*(self.rows(relation, "zone", zone) for relation in _CONTENT))

    def servers_below(self, name: str) -> set[str]:
        """Return the hosts that NS RRsets at and below a name give, hidden ones included."""
        low, high = names.reverse(name) + ".", names.reverse(name) + "/"
        shown = {str(row[_NAME]) for row in self.range(low, high) if row[_TYPE] == "NS"}
        rows = self.fetch(self._select("rdata", "name", "f.type = 'NS'"), [name, *sorted(shown)])
        sql = RELATIONS["occluded"].select(self._as_of, only=_SERVERS)
        rows += self._connection.execute(sql, (name, f".{name}")).fetchall()
        return servers(str(row[3]) for row in rows)

    def whole(self, relation: str) -> list[Row]:
        """Return all rows of a relation."""
        return self._connection.execute(RELATIONS[relation].select(self._as_of)).fetchall()

    def columns(self, relation: str) -> list[str]:
        """Return the columns of a relation."""
        cursor = self._connection.execute(RELATIONS[relation].select(self._as_of) + " LIMIT 0")
        return [item[0] for item in cursor.description]

    def _select(self, relation: str, column: str, only: str = "") -> str:
        stored = _STORED.get((relation, column), column)
        condition = f'f."{stored}" IN (SELECT value FROM json_each(?))'
        if only:
            condition += f" AND {only}"
        return RELATIONS[relation].select(self._as_of, only=condition)

    def _holds(self, relation: str) -> bool:
        table = _table(relation)
        return bool(
            self._connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()[0]
        )

    def _index(self, relation: str, column: str) -> None:
        stored = _STORED.get((relation, column), column)
        table = _table(relation)
        self._connection.execute(
            f'CREATE INDEX IF NOT EXISTS "cut_{table}_{stored}" ON {table} ("{stored}")'
        )


def _content(
    sets: Iterable[Row], records: Iterable[Row], hidden: Iterable[Row]
) -> dict[Key, RecordSet]:
    """Put rows of RRsets, of records and of hidden records, of one zone, together."""
    texts: dict[Key, list[str]] = defaultdict(list)
    for row in records:
        texts[str(row[1]), str(row[2])].append(str(row[3]))
    ttls: dict[Key, object] = {(str(row[1]), str(row[2])): row[3] for row in sets}
    for row in hidden:
        key = str(row[1]), str(row[2])
        texts[key].append(str(row[3]))
        ttls[key] = row[_HIDDEN_TTL]
    return {key: record_set(ttl, texts[key]) for key, ttl in ttls.items()}  # type: ignore[arg-type]


def strictest_services(
    zones: Iterable[Row], services: Iterable[Row], claims: Iterable[Row]
) -> dict[str, tuple[Row, Row]]:
    """Return for each apex the claim, and the service behind it, that makes the zone's tier."""
    apexes = {str(row[0]) for row in zones}
    by_id = {row[schema.BY_NAME["service"].at("id")]: row for row in services}
    tier = schema.BY_NAME["service"].at("tier")
    found: dict[str, tuple[int, Row, Row]] = {}
    for claim in claims:
        service = by_id.get(claim[0])
        here = str(claim[2])
        while here and here not in apexes:
            here = names.parent(here)
        if service is None or not here:
            continue
        rank = TIERS.index(str(service[tier])) if service[tier] in TIERS else len(TIERS)
        if here not in found or rank < found[here][0]:
            found[here] = (rank, claim, service)
    return {apex: (claim, service) for apex, (_rank, claim, service) in found.items()}


_CONTENT = ("rrset", "rdata", "occluded")
_HIDDEN_TTL = schema.BY_NAME["occluded"].at("ttl")
_SERVERS = "f.type = 'NS' AND (f.name = ?1 OR substr(f.name, -length(?2)) = ?2)"
_REMEMBERED = 10_000
"""How many answers about names, most of them above what changes, stay known."""
_LEADING = "'A', 'AAAA', 'CNAME', 'HTTPS', 'ALIAS', 'ANAME', 'Route53Provider/ALIAS'"
_NAMING = (
    ("rdata", "target"),
    ("occluded", "name"),
    ("service_name", "base"),
    ("job_name", "base"),
    ("ct_name", "base"),
    ("answer", "name"),
    ("answer", "final"),
    ("answer_alias", "target"),
    ("mail_policy_host", "base"),
)

_STORED = {("certificate_history", "certificate"): "fingerprint"}
"""Columns that have another name in the table behind a relation."""


def _table(relation: str) -> str:
    """Return the table behind a relation, or behind what the store makes of another's rows."""
    if relation not in schema.BY_NAME:
        relation = relation.rpartition("_")[0]
    return f"fact_{relation}"


def _leads(relation: str) -> Iterator[tuple[int, str, tuple[int | None, ...]]]:
    table = schema.BY_NAME.get(relation)
    if table is None:
        return
    grouped: dict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for lead in LEADS:
        if lead.relation == relation:
            grouped[table.at(lead.column), lead.kind].append((lead.level, lead.to))
    for (column, kind), steps in grouped.items():
        steps.sort()
        levels = tuple(
            next((to for level, to in steps if at <= level), None)
            for at in (AFFECTED, SUPPORT, CONTEXT)
        )
        yield column, kind, levels
