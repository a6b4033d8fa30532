"""The store's side of the gate: a snapshot of which many changes are judged, one cone each."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cache, cached_property
from operator import itemgetter

from sqlalchemy import Engine as Database

from trustpath.base.errors import InputError
from trustpath.facts import schema
from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.proposal import HeldZone
from trustpath.facts.reach import AFFECTED
from trustpath.facts.records.further import proven_names
from trustpath.facts.validation_names import Pattern
from trustpath.facts.world import Delta, Present, rows_of
from trustpath.rules.judge import Answers
from trustpath.rules.rule import Rule
from trustpath.rules.value import Value
from trustpath.store.cone import Cone
from trustpath.store.cone_reader import ConeReader, Row
from trustpath.store.narrow import NarrowJudge, Pair
from trustpath.store.parts import history_since, lay_parts
from trustpath.store.scope import Scope
from trustpath.store.snapshot import Snapshot


class StoreGate:
    """Opens cases on one snapshot; the rules are those it judges changes by.

    ``extra`` are relations and links beyond those of the rules that cases are asked for,
    ``patterns`` validation names that the estate adds.
    """

    def __init__(
        self,
        database: Database,
        snapshot: Snapshot,
        rules: Sequence[Rule],
        extra: frozenset[str] = frozenset(),
        patterns: Sequence[Pattern] = (),
    ) -> None:
        self._patterns = patterns
        self._raw = database.raw_connection()
        connection = self._raw.driver_connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101  the URL was checked
        self._connection = connection
        self._snapshot = snapshot
        parts = lay_parts(connection, snapshot)
        self._reader = ConeReader(connection, snapshot.as_of)
        since = history_since(connection, snapshot)
        self._judge = NarrowJudge(self._reader, parts, since, rules, extra)

    @property
    def now(self) -> int:
        """Return the instant at which changes are judged."""
        return self._snapshot.now

    def close(self) -> None:
        """Drop what was made and give the connection back."""
        self._judge.close()
        self._connection.execute("DROP TABLE IF EXISTS temp.part")
        self._raw.close()

    def __enter__(self) -> StoreGate:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def zone_of(self, name: str) -> str | None:
        """Return the apex of the zone of the estate that encloses a name."""
        return self._reader.zone_of(name)

    def content(self, zone: str, key: Key) -> RecordSet | None:
        """Return what an RRset of a zone holds at present."""
        return self._reader.at(zone, key[0]).get(key)

    def keys_at(self, zone: str, name: str) -> Iterable[Key]:
        """Return the keys of the RRsets at a name."""
        return self._reader.at(zone, name).keys()

    def zone_content(self, zone: str) -> Mapping[Key, RecordSet]:
        """Return everything that is known of a zone at present."""
        return self._reader.zone_content(zone)

    def zones(self) -> Sequence[HeldZone]:
        """Return the zones, one for each source that has it, and those that cannot be read."""
        return self._reader.zones()

    @cached_property
    def _unread(self) -> frozenset[str]:
        return frozenset(self._reader.unread())

    def rows(self, relation: str, column: str, key: str) -> list[Row]:
        """Return the rows of a relation with a key in a column."""
        return self._reader.rows(relation, column, key)

    def case(
        self,
        edits: Sequence[Edit],
        delta: Delta | None = None,
        mended: Collection[str] = frozenset(),
    ) -> Case:
        """Cut out the cone of a change: edits of RRsets and rows of other facts.

        Raises InputError for edits in a zone that nobody has now, since nobody knows beside what
        they will stand; but for ``mended`` zones, all of which is in the edits.
        """
        for apex in sorted({edit.zone for edit in edits} & self._unread - frozenset(mended)):
            raise InputError(
                "nothing of the zone can be read now, so no change of it can be judged",
                where=f"zone {apex or '.'}",
                hint="`trustpath check` says what is wrong with its source",
            )
        delta = delta or Delta()
        return Case(
            self._judge, self._reader, self._snapshot, edits, delta, patterns=self._patterns
        )


class Case:
    """One change and the cone around it, in which both of its worlds can be judged."""

    def __init__(
        self,
        judge: NarrowJudge,
        reader: ConeReader,
        snapshot: Snapshot,
        edits: Sequence[Edit],
        delta: Delta,
        *,
        patterns: Sequence[Pattern] = (),
    ) -> None:
        self._judge = judge
        self._snapshot = snapshot
        cone = judge.cone(len(edits))
        scope = Scope(reader, cone)
        scope.edits(edits)
        scope.spoken_of(proven_names(edits, patterns))
        scope.rows(delta)
        cone.grow()
        worlds: dict[bool, Delta] = {}
        # What the change itself names is in reach too, and may bring more rows that it edits.
        for _round in range(2):
            present = Present(cone.rows, snapshot.now, reader.size_of)
            worlds = {
                after: rows_of(present, edits, after=after, patterns=patterns)
                for after in (False, True)
            }
            for changed in (*worlds.values(), delta):
                for relation, rows in changed.come.items():
                    cone.put(relation, rows, AFFECTED)
            cone.grow()
        for relation, rows in delta.unasked.items():
            worlds[False].gone[relation] |= rows
        for relation, gone in delta.gone.items():
            worlds[True].gone[relation] |= gone
        for relation, come in delta.come.items():
            worlds[True].come[relation] |= come
        self._cone: Cone = cone
        self.touched = _differences(worlds[False], worlds[True])
        self._worlds = judge.worlds(cone.rows, worlds[False], worlds[True], self.touched)

    def compare(self, at: int) -> tuple[Answers, Answers]:
        """Return what rules give before and after the change, as of an instant, now or later.

        Only of rules that read something that differs between the worlds: all others give the same.
        Later than now, of these only such as read what time changes.
        """
        now, as_of = self._snapshot.now, self._snapshot.as_of
        if at > now:
            return self.forecast([at])[0]
        return _by_rule(self._judge.compare(self._worlds, now, as_of))

    def forecast(self, instants: Sequence[int]) -> list[tuple[Answers, Answers]]:
        """Return the same for instants later than now, in one go."""
        now, as_of = self._snapshot.now, self._snapshot.as_of
        return [
            _by_rule(pairs) for pairs in self._judge.forecast(self._worlds, now, as_of, instants)
        ]

    def query(
        self, sql: str, parameters: Sequence[Value] = (), *, after: bool = False
    ) -> list[tuple[Value, ...]]:
        """Run a SELECT over facts and links of one world, as of now."""
        now, as_of = self._snapshot.now, self._snapshot.as_of
        return self._judge.query(self._worlds, now, as_of, sql, parameters, after=after)

    def affected(self, kind: str) -> set[object]:
        """Return the keys of a kind that the change affects."""
        return self._cone.keys(kind, AFFECTED)

    def basis(self) -> str:
        """Return a digest of the facts in scope, whoever said them and whenever that was."""
        said = hashlib.sha256()
        for relation, rows in sorted(self._cone.rows.items()):
            if rows and not relation.endswith(_OF_THE_STORE):
                kept = _lasting(relation)
                texts = sorted(repr(row if kept is None else kept(row)) for row in rows)
                said.update(f"{relation} {len(texts)}\n".encode())
                said.update("\n".join(texts).encode())
        return said.hexdigest()


_OF_THE_STORE = ("_part", "_history", "_copy")
_PASSING = frozenset({"observed_at", "fetched_at", "this_update", "next_update"})
_PASSING_OF = {
    "answer": {"ttl"},
    "zone": {"serial"},
    # How often our own tries failed is nothing that anybody consented to.
    "job": {"failures", "failures_last_hour"},
}


def _without_serial(row: Row) -> object:
    """Return a record without the serial of an SOA: every write to the zone counts it up."""
    if row[_TYPE] != "SOA":
        return row
    words = str(row[_RDATA]).split()
    return (*row[:_RDATA], " ".join((*words[:2], *words[3:])), *row[_RDATA + 1 :])


_TYPE, _RDATA = (schema.BY_NAME["rdata"].fields.index(field) for field in ("type", "rdata"))


@cache
def _lasting(relation: str) -> Callable[[Row], object] | None:
    """Return what takes the columns of a row that a new look alone does not change; None: all."""
    fields = schema.BY_NAME[relation].fields
    if relation == "rdata":
        return _without_serial
    passing = _PASSING | _PASSING_OF.get(relation, set())
    if passing.isdisjoint(fields):
        return None
    return itemgetter(*(place for place, field in enumerate(fields) if field not in passing))


def _by_rule(pairs: Iterable[Pair]) -> tuple[Answers, Answers]:
    before, after = {}, {}
    for old, new in pairs:
        before[new.rule.id], after[new.rule.id] = old, new
    return before, after


def _differences(before: Delta, after: Delta) -> frozenset[str]:
    relations = before.gone.keys() | before.come.keys() | after.gone.keys() | after.come.keys()
    return frozenset(
        name
        for name in relations
        if (before.gone.get(name) or set()) != (after.gone.get(name) or set())
        or (before.come.get(name) or set()) != (after.come.get(name) or set())
    )
