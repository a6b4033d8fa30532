"""The narrow engine: judge a cone in a database of its own, world after world.

Tables and links are made once and keep their shape, so every statement stays prepared. Going from
one world to the next only what depends on a difference is made anew, and what must be empty because
something that it stands on is empty is not asked at all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from trustpath.base.errors import RuleError
from trustpath.facts.links import Link, in_order, relations_in
from trustpath.facts.world import Delta
from trustpath.rules.judge import Answered, Value
from trustpath.rules.rule import Rule
from trustpath.store.cone import Cone, Rows
from trustpath.store.cone_reader import CUT_RELATIONS, ConeReader, Row
from trustpath.store.parts import DEFINITION, PartRows, insert_parts
from trustpath.store.required import required
from trustpath.store.snapshot import RELATIONS
from trustpath.store.sqlite_judge import only_reading


@dataclass(frozen=True, slots=True)
class _Made:
    """A link or rule ready to run.

    Its statement, what it reads, what it gives nothing without, all that it stands on, its columns.
    """

    name: str
    sql: str
    needs: frozenset[str]
    required: frozenset[str]
    depends: frozenset[str]
    columns: int = 0


class NarrowJudge:
    """Judges cones; one for many changes of the same snapshot of a store."""

    def __init__(
        self,
        reader: ConeReader,
        parts: PartRows,
        since: int,
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
        self._links_held: dict[str, list[Row]] = {}
        self._answers: dict[str, Answered] = {}
        self._tick = 0
        self._loaded: tuple[Rows | None, Delta | None, int, int] = (None, None, 0, 0)
        self._made_at: dict[str, int] = {}
        self._changed_at: dict[str, int] = {"part": 0, "moment": 0}
        wanted = extra.union(*(rule.needs for rule in rules))
        links = list(in_order(wanted))
        names = set(wanted).union(*(link.needs for link in links))
        self._resident: Rows = {}
        self._columns: dict[str, list[str]] = {}
        self._db.execute(f"CREATE TABLE part ({DEFINITION})")
        insert_parts(self._db, parts)
        self._db.execute("CREATE TABLE moment (now BIGINT, as_of BIGINT, history_since BIGINT)")
        self._db.execute("INSERT INTO moment VALUES (0, 0, ?)", (since,))
        self._relations(names & RELATIONS.keys())
        depends: dict[str, frozenset[str]] = {}
        self._links = [self._link(link, depends) for link in links]
        self._rules = [(rule, self._rule(rule, depends)) for rule in rules]

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def cone(self, edits: int = 0) -> Cone:
        """Return an empty cone to grow."""
        return Cone(self._reader, edits)

    def load(self, cone: Rows, delta: Delta, now: int, as_of: int) -> None:
        """Make the world of a cone with a difference, as of an instant."""
        last_cone, last_delta, *instants = self._loaded
        moved = instants != [now, as_of]
        if cone is last_cone and delta is last_delta and not moved:
            return
        self._loaded = (cone, delta, now, as_of)
        self._tick += 1
        for relation in self._columns:
            held = self._resident.get(relation)
            rows = delta.apply(relation, cone.get(relation, set()) if held is None else held)
            self._fill(relation, rows)
        if moved:
            self._db.execute("UPDATE moment SET now = ?, as_of = ?", (now, as_of))
            self._changed_at["moment"] = self._tick

    def answers(self, touched: frozenset[str]) -> dict[str, Answered]:
        """Return what all rules that depend on one of the relations give."""
        wanted = [(rule, made) for rule, made in self._rules if made.depends & touched]
        self._refresh(frozenset().union(*(made.needs for _, made in wanted)) if wanted else ())
        return {rule.id: self._answer(rule, made) for rule, made in wanted}

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run a SELECT over facts and links of the present world."""
        self._refresh(relations_in(sql))
        return self._db.execute(sql, parameters).fetchall()

    def _answer(self, rule: Rule, made: _Made) -> Answered:
        """Ask a rule, unless nothing that it reads has changed since."""
        known = self._answers.get(rule.id)
        if known is not None and self._made_at[rule.id] >= self._changed(made):
            return known
        columns: tuple[str, ...] = () if known is None else known.columns
        rows: list[tuple[Value, ...]] = []
        if not any(self._filled.get(name) == 0 for name in made.required):
            try:
                cursor = self._db.execute(made.sql)
            except sqlite3.Error as error:
                raise RuleError(f"{rule.id}: SQLite refuses the SELECT: {error}") from error
            columns = tuple(item[0] for item in cursor.description)
            rows = cursor.fetchall()
        if known is None or rows != known.rows:
            known = Answered(rule, columns, rows)
            self._answers[rule.id] = known
        self._made_at[rule.id] = self._tick
        return known

    def _changed(self, made: _Made) -> int:
        """Return when something that a link or rule reads changed last."""
        return max((self._changed_at.get(name, 0) for name in made.needs), default=0)

    def _refresh(self, names: Iterable[str]) -> None:
        """Make the links among the names, and beneath them, anew that read something new.

        A link that comes out as it was before counts as unchanged, and stops the rest above it.
        """
        wanted = set(names)
        for made in reversed(self._links):
            if made.name in wanted:
                wanted |= made.needs
        for made in self._links:
            if made.name in wanted and self._made_at.get(made.name, -1) < self._changed(made):
                self._make(made)

    def _make(self, made: _Made) -> None:
        rows: list[Row] = []
        if not any(self._filled.get(name) == 0 for name in made.required):
            rows = self._db.execute(made.sql).fetchall()
        self._made_at[made.name] = self._tick
        if rows != self._links_held.get(made.name, []):
            self._write(made.name, made.columns, rows)
            self._links_held[made.name] = rows

    def _write(self, name: str, columns: int, rows: Collection[Row]) -> None:
        if self._filled.get(name) != 0:
            self._db.execute(f'DELETE FROM "{name}"')
        if rows:
            marks = ", ".join("?" * columns)
            self._db.executemany(f'INSERT INTO "{name}" VALUES ({marks})', rows)
        self._filled[name] = len(rows)
        self._changed_at[name] = self._tick

    def _fill(self, relation: str, rows: set[Row]) -> None:
        if self._held.get(relation) != rows:
            self._write(relation, len(self._columns[relation]), rows)
            self._held[relation] = rows

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
                self._resident[name] = set(self._reader.whole(name))

    def _link(self, link: Link, depends: dict[str, frozenset[str]]) -> _Made:
        self._db.execute(f'CREATE TABLE "{link.name}" AS SELECT * FROM ({link.sql}) LIMIT 0')
        self._index(link.name, link.indexes)
        columns = self._db.execute(f'SELECT * FROM "{link.name}"').description
        self._filled[link.name] = 0
        made = self._made(link.name, link.sql, link.needs, depends, len(columns))
        depends[link.name] = made.depends
        return made

    def _rule(self, rule: Rule, depends: dict[str, frozenset[str]]) -> _Made:
        self._db.set_authorizer(only_reading)
        try:
            self._db.execute(f"EXPLAIN {rule.sql}").close()
        except sqlite3.Error as error:
            raise RuleError(
                f"{rule.id}: SQLite refuses the SELECT: {error}", where=rule.where
            ) from error
        finally:
            self._db.set_authorizer(None)
        return self._made(rule.id, rule.sql, rule.needs, depends)

    def _made(
        self,
        name: str,
        sql: str,
        names: frozenset[str],
        depends: dict[str, frozenset[str]],
        columns: int = 0,
    ) -> _Made:
        """Return a link or rule with all that it stands on; ``depends`` has that of each link."""
        needs = names & (self._columns.keys() | depends.keys() | {"part", "moment"})
        below = needs.union(*(depends[need] for need in needs if need in depends))
        return _Made(name, sql, needs, required(sql), below, columns)

    def _index(self, name: str, indexes: Sequence[Sequence[str]]) -> None:
        for number, columns in enumerate(indexes):
            listed = ", ".join(f'"{column}"' for column in columns)
            self._db.execute(f'CREATE INDEX "ix_{name}_{number}" ON "{name}" ({listed})')
