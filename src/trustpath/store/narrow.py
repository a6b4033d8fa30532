"""The narrow engine: judge a cone in a database of its own, world after world.

Tables and links are made once and keep their shape, so every statement stays prepared. Going from
one world to the next only what depends on a difference is made anew, and what must be empty because
something that it stands on is empty is not asked at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trustpath.base.errors import RuleError
from trustpath.facts.links import Link, in_order, relations_in
from trustpath.facts.world import Delta
from trustpath.rules.judge import Judged, Statuses, Value
from trustpath.rules.rule import Rule
from trustpath.rules.status import status_of
from trustpath.store.cone import Cone, Rows
from trustpath.store.cone_reader import CUT_RELATIONS, ConeReader, Row
from trustpath.store.required import required
from trustpath.store.snapshot import RELATIONS
from trustpath.store.sqlite_judge import only_reading


@dataclass(frozen=True, slots=True)
class _Made:
    """A link or rule ready to run: its statement, what it reads, without what it gives nothing."""

    name: str
    sql: str
    needs: frozenset[str]
    required: frozenset[str]
    depends: frozenset[str]


class NarrowJudge:
    """Judges cones; one for many changes of the same snapshot of a store."""

    def __init__(
        self,
        reader: ConeReader,
        part: tuple[str, list[Row]],
        rules: Sequence[Rule],
        extra: frozenset[str] = frozenset(),
    ) -> None:
        self._reader = reader
        self._db = sqlite3.connect(
            ":memory:", isolation_level=None, cached_statements=4096, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode = OFF")
        self._filled: dict[str, int] = {}
        self._held: Rows = {}
        self._moment = (0, 0)
        wanted = extra.union(*(rule.needs for rule in rules))
        links = list(in_order(wanted))
        names = set(wanted).union(*(link.needs for link in links))
        self._resident: Rows = {}
        self._columns: dict[str, list[str]] = {}
        self._part(part)
        self._relations(names & RELATIONS.keys())
        depends: dict[str, frozenset[str]] = {}
        self._links = [self._link(link, depends) for link in links]
        self._rules = [(rule, self._rule(rule, depends)) for rule in rules]
        self._stale = {made.name for made in self._links}
        self._above = {
            name: frozenset(made.name for made in self._links if name in made.depends)
            for name in (*self._columns, "moment")
        }

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def cone(self, edits: int = 0) -> Cone:
        """Return an empty cone to grow."""
        return Cone(self._reader, edits)

    def load(self, cone: Rows, delta: Delta, now: int, as_of: int) -> None:
        """Make the world of a cone with a difference, as of an instant."""
        for relation in self._columns:
            held = self._resident.get(relation)
            rows = delta.apply(relation, cone.get(relation, set()) if held is None else held)
            self._fill(relation, rows)
        if (now, as_of) != self._moment:
            self._moment = (now, as_of)
            self._db.execute("UPDATE moment SET now = ?, as_of = ?", (now, as_of))
            self._stale |= self._above.get("moment", frozenset())

    def statuses(self, touched: frozenset[str]) -> Statuses:
        """Return the statuses of all rules that depend on one of the relations."""
        wanted = [(rule, made) for rule, made in self._rules if made.depends & touched]
        self._refresh(frozenset().union(*(made.needs for _, made in wanted)) if wanted else ())
        found: Statuses = {}
        for rule, made in wanted:
            if not any(self._filled.get(name) == 0 for name in made.required):
                self._judge(rule, made, found)
        return found

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run a SELECT over facts and links of the present world."""
        self._refresh(relations_in(sql))
        return self._db.execute(sql, parameters).fetchall()

    def _judge(self, rule: Rule, made: _Made, found: Statuses) -> None:
        try:
            cursor = self._db.execute(made.sql)
        except sqlite3.Error as error:
            raise RuleError(f"{rule.id}: SQLite refuses the SELECT: {error}") from error
        columns = [item[0] for item in cursor.description]
        for row in cursor:
            values = dict(zip(columns, row, strict=True))
            tier, holds = str(values["tier"]), values["holds"]
            status = status_of(holds, rule.severity.get(tier))
            if status is None:
                continue
            owner, missing = values["owner"], values.get("missing")
            found[rule.id, str(values["subject"])] = Judged(
                rule=rule,
                subject=str(values["subject"]),
                status=status,
                tier=tier,
                owner=None if owner is None else str(owner),
                missing=str(missing or rule.missing) if holds is None else None,
                row=values,
            )

    def _refresh(self, names: Iterable[str]) -> None:
        """Make the stale links among the names and beneath them."""
        wanted = set(names)
        for made in reversed(self._links):
            if made.name in wanted:
                wanted |= made.needs
        for made in self._links:
            if made.name in self._stale and made.name in wanted:
                self._make(made)
                self._stale.discard(made.name)

    def _make(self, made: _Made) -> None:
        if self._filled.get(made.name) != 0:
            self._db.execute(f'DELETE FROM "{made.name}"')
        if any(self._filled.get(name) == 0 for name in made.required):
            self._filled[made.name] = 0
            return
        cursor = self._db.execute(f'INSERT INTO "{made.name}" {made.sql}')
        self._filled[made.name] = cursor.rowcount

    def _fill(self, relation: str, rows: set[Row]) -> None:
        if self._held.get(relation) == rows:
            return
        if self._filled.get(relation) != 0:
            self._db.execute(f'DELETE FROM "{relation}"')
        if rows:
            marks = ", ".join("?" * len(self._columns[relation]))
            self._db.executemany(f'INSERT INTO "{relation}" VALUES ({marks})', rows)
        self._held[relation] = rows
        self._filled[relation] = len(rows)
        self._stale |= self._above.get(relation, frozenset())

    def _part(self, part: tuple[str, list[Row]]) -> None:
        definition, rows = part
        self._db.execute(f"CREATE TABLE part ({definition})")
        marks = ", ".join("?" * (definition.count(",") + 1))
        self._db.executemany(f"INSERT INTO part VALUES ({marks})", rows)
        self._db.execute("CREATE TABLE moment (now BIGINT, as_of BIGINT, history_since BIGINT)")

    def since(self, instant: int) -> None:
        """Say from when on the store knows the past."""
        self._db.execute("DELETE FROM moment")
        self._db.execute("INSERT INTO moment VALUES (0, 0, ?)", (instant,))

    def _relations(self, names: Iterable[str]) -> None:
        for name in sorted(names):
            columns = self._reader.columns(name)
            types = RELATIONS[name].types
            listed = ", ".join(f'"{column}" {types.get(column, "")}' for column in columns)
            self._db.execute(f'CREATE TABLE "{name}" ({listed})')
            self._index(name, RELATIONS[name].indexes)
            self._columns[name] = columns
            self._filled[name] = 0
            if name not in CUT_RELATIONS:
                self._resident[name] = set(self._reader.whole(name)[1])

    def _link(self, link: Link, depends: dict[str, frozenset[str]]) -> _Made:
        self._db.execute(f'CREATE TABLE "{link.name}" AS SELECT * FROM ({link.sql}) LIMIT 0')
        self._index(link.name, link.indexes)
        needs = link.needs & (self._columns.keys() | depends.keys() | {"part", "moment"})
        below = needs.union(*(depends[name] for name in needs if name in depends))
        depends[link.name] = frozenset(below)
        return _Made(link.name, link.sql, needs, required(link.sql), frozenset(below))

    def _rule(self, rule: Rule, depends: dict[str, frozenset[str]]) -> _Made:
        needs = rule.needs & (self._columns.keys() | depends.keys() | {"part", "moment"})
        below = needs.union(*(depends[name] for name in needs if name in depends))
        self._db.set_authorizer(only_reading)
        try:
            self._db.execute(f"EXPLAIN {rule.sql}").close()
        except sqlite3.Error as error:
            raise RuleError(
                f"{rule.id}: SQLite refuses the SELECT: {error}", where=rule.where
            ) from error
        finally:
            self._db.set_authorizer(None)
        return _Made(rule.id, rule.sql, needs, required(rule.sql), frozenset(below))

    def _index(self, name: str, indexes: Sequence[Sequence[str]]) -> None:
        for number, columns in enumerate(indexes):
            listed = ", ".join(f'"{column}"' for column in columns)
            self._db.execute(f'CREATE INDEX "ix_{name}_{number}" ON "{name}" ({listed})')
