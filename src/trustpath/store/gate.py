"""The store's side of the gate: a snapshot of which many changes are judged, one cone each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Engine as Database

from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.reach import AFFECTED, NAME
from trustpath.facts.world import Delta, Present, rows_of
from trustpath.rules.judge import Value
from trustpath.rules.rule import Rule
from trustpath.store.cone import Cone
from trustpath.store.cone_reader import ConeReader
from trustpath.store.narrow import NarrowJudge, Statuses
from trustpath.store.scope import Scope
from trustpath.store.snapshot import PART_COLUMNS, PARTS, ZONES, Snapshot, choose


class StoreGate:
    """Opens cases on one snapshot; the rules are those it judges changes by."""

    def __init__(self, database: Database, snapshot: Snapshot, rules: Sequence[Rule]) -> None:
        self._raw = database.raw_connection()
        connection = self._raw.driver_connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101  the URL was checked
        self._connection = connection
        self._snapshot = snapshot
        rows = self._parts()
        self._reader = ConeReader(connection, snapshot.as_of)
        definition = ", ".join(f"{name} {kind}" for name, kind in PART_COLUMNS)
        self._judge = NarrowJudge(self._reader, (definition, rows), rules)
        since = connection.execute("SELECT MIN(observed_at) FROM collection").fetchone()[0]
        self._judge.since(since or snapshot.now)

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

    def content(self, zone: str, keys: Iterable[Key]) -> dict[Key, RecordSet | None]:
        """Return what RRsets of a zone hold at present."""
        wanted = list(keys)
        cone = self._judge.cone()
        for name, _type in wanted:
            cone.add(NAME, name, 2)
        cone.grow()
        present = Present(cone.rows, self.now)
        return {key: present.content(zone, *key) for key in wanted}

    def zone_content(self, zone: str) -> Mapping[Key, RecordSet]:
        """Return everything that a zone holds at present."""
        return self._reader.zone_content(zone)

    def case(self, edits: Sequence[Edit], delta: Delta | None = None) -> Case:
        """Cut out the cone of a change: edits of RRsets and rows of other facts."""
        return Case(self._judge, self._reader, self._snapshot, edits, delta or Delta())

    def _parts(self) -> list[tuple[object, ...]]:
        connection = self._connection
        parts = connection.execute(PARTS, {"as_of": self._snapshot.as_of}).fetchall()
        zones = connection.execute(ZONES, {"as_of": self._snapshot.as_of}).fetchall()
        columns = ", ".join(f"{name} {kind}" for name, kind in PART_COLUMNS[1:])
        connection.execute("DROP TABLE IF EXISTS temp.part")
        connection.execute(f"CREATE TEMP TABLE part (id INTEGER PRIMARY KEY, {columns})")
        marks = ", ".join("?" * len(PART_COLUMNS))
        rows = list(choose(parts, zones, self._snapshot))
        connection.executemany(f"INSERT INTO part VALUES ({marks})", rows)
        connection.commit()
        return rows


class Case:
    """One change and the cone around it, in which both of its worlds can be judged."""

    def __init__(
        self,
        judge: NarrowJudge,
        reader: ConeReader,
        snapshot: Snapshot,
        edits: Sequence[Edit],
        delta: Delta,
    ) -> None:
        self._judge = judge
        self._snapshot = snapshot
        cone = judge.cone(len(edits))
        scope = Scope(reader, cone)
        scope.edits(edits)
        scope.rows(delta)
        cone.grow()
        worlds: dict[bool, Delta] = {}
        # What the change itself names is in reach too, and may bring more rows that it edits.
        for _round in range(2):
            present = Present(cone.rows, snapshot.now)
            worlds = {after: rows_of(present, edits, after=after) for after in (False, True)}
            for changed in (*worlds.values(), delta):
                for relation, rows in changed.come.items():
                    cone.put(relation, rows, AFFECTED)
            cone.grow()
        for relation, gone in delta.gone.items():
            worlds[True].gone[relation] |= gone
        for relation, come in delta.come.items():
            worlds[True].come[relation] |= come
        self._cone: Cone = cone
        self._worlds = worlds
        self.touched = _differences(worlds[False], worlds[True])

    def statuses(self, now: int, *, after: bool) -> Statuses:
        """Return what every (rule, subject) that may differ is in one world, as of an instant."""
        self._load(now, after=after)
        return self._judge.statuses(self.touched)

    def query(
        self, sql: str, needs: Iterable[str], parameters: Sequence[Value] = (), *, after: bool
    ) -> list[tuple[object, ...]]:
        """Run a SELECT over facts and links of one world, as of now."""
        self._load(self._snapshot.now, after=after)
        return self._judge.query(sql, needs, parameters)

    def affected(self, kind: str) -> set[object]:
        """Return the keys of a kind that the change affects."""
        return self._cone.keys(kind, AFFECTED)

    def basis(self) -> dict[str, list[list[object]]]:
        """Return the facts in scope in a stable order: what a judgement of the change rests on."""
        return {
            relation: sorted(([*row] for row in rows), key=repr)
            for relation, rows in sorted(self._cone.rows.items())
            if rows
        }

    def _load(self, now: int, *, after: bool) -> None:
        as_of = now if now > self._snapshot.now else self._snapshot.as_of
        self._judge.load(self._cone.rows, self._worlds[after], now, as_of)


def _differences(before: Delta, after: Delta) -> frozenset[str]:
    relations = before.gone.keys() | before.come.keys() | after.gone.keys() | after.come.keys()
    return frozenset(
        name
        for name in relations
        if (before.gone.get(name) or set()) != (after.gone.get(name) or set())
        or (before.come.get(name) or set()) != (after.come.get(name) or set())
    )
