"""The narrow engine: judge a cone in a database of its own, both of its worlds side by side.

Tables and links are made once and keep their shape, so every statement stays prepared. What a link
or rule gives depends on what it reads alone: where that is the same in the other world, or was the
same an instant ago, the answer is known, and where it cannot differ nobody asks. Only what a
statement that is run does read is written into the tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from trustpath.base.errors import RuleError
from trustpath.facts.links import Link, in_order, relations_in
from trustpath.facts.world import Delta
from trustpath.rules.judge import Answered, Value
from trustpath.rules.rule import Rule
from trustpath.store.cone import Cone, Rows
from trustpath.store.cone_reader import CUT_RELATIONS, ConeReader, Row
from trustpath.store.held import NOTHING, Held, Table
from trustpath.store.parts import DEFINITION, PartRows, insert_parts
from trustpath.store.required import required
from trustpath.store.snapshot import RELATIONS
from trustpath.store.sqlite_judge import only_reading

_MOMENT = "moment"
_Key = tuple[Held, ...]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Made:
    """A link or rule ready to run.

    Its statement, what it reads, what it gives nothing without (facts first, which cost nothing to
    look at), all that it stands on.
    """

    name: str
    sql: str
    needs: tuple[str, ...]
    required: tuple[str, ...]
    depends: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Reach:
    """What may differ between the worlds of a change that touches certain relations."""

    names: frozenset[str]
    rules: tuple[tuple[Rule, _Made], ...]
    moving: tuple[tuple[Rule, _Made], ...]


class Worlds:
    """The two worlds of one change, as of an instant that moves."""

    def __init__(self, cone: Rows, deltas: tuple[Delta, Delta], reach: _Reach) -> None:
        self.cone = cone
        self.deltas = deltas
        self.reach = reach
        self.instant: Row = ()
        self.known: tuple[dict[str, Held], dict[str, Held]] = ({}, {})


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
        self._since = since
        self._db = sqlite3.connect(
            ":memory:", isolation_level=None, cached_statements=4096, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode = OFF")
        # Else each table that a statement needs in between takes and frees a page cache of its own,
        # which costs many times what is done with so few rows.
        self._db.execute("PRAGMA temp_store = MEMORY")
        self._db.execute(f"CREATE TABLE part ({DEFINITION})")
        insert_parts(self._db, parts)
        self._db.execute("CREATE TABLE moment (now BIGINT, as_of BIGINT, history_since BIGINT)")
        self._tables = {_MOMENT: Table(self._db, _MOMENT)}
        self._instant: tuple[Row, Held] = ((), NOTHING)
        self._resident: dict[str, Held] = {}
        wanted = extra.union(*(rule.needs for rule in rules))
        links = list(in_order(wanted))
        self._relations(set(wanted).union(*(link.needs for link in links)) & RELATIONS.keys())
        self._links: dict[str, _Made] = {}
        for link in links:
            self._links[link.name] = self._link(link)
        self._rules = [(rule, self._rule(rule)) for rule in rules]
        self._lately: dict[str, list[tuple[_Key, Held]]] = {link.name: [] for link in links}
        self._answered: dict[str, list[tuple[_Key, Answered]]] = {rule.id: [] for rule in rules}
        self._silent = {rule.id: Answered(rule, (), ()) for rule in rules}
        self._side = 0
        self._reaches: dict[frozenset[str], _Reach] = {}
        self._moving = {name for name, made in self._links.items() if _MOMENT in made.depends}

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def cone(self, edits: int = 0) -> Cone:
        """Return an empty cone to grow."""
        return Cone(self._reader, edits)

    def worlds(self, cone: Rows, before: Delta, after: Delta, touched: frozenset[str]) -> Worlds:
        """Return the worlds of a cone; ``touched`` are the relations that differ between them."""
        reach = self._reaches.get(touched)
        if reach is None:
            names = touched.union(n for n, made in self._links.items() if made.depends & touched)
            chosen = tuple(one for one in self._rules if not names.isdisjoint(one[1].needs))
            moving = tuple(one for one in chosen if _MOMENT in one[1].depends)
            reach = self._reaches[touched] = _Reach(names, chosen, moving)
        return Worlds(cone, (before, after), reach)

    def differing(
        self, worlds: Worlds, now: int, as_of: int, *, moving: bool = False
    ) -> list[tuple[Answered, Answered]]:
        """Return what each rule gives in both worlds that reads something that differs in them.

        ``moving``: only rules whose answers may move with time.
        """
        self._move(worlds, now, as_of)
        rules = worlds.reach.moving if moving else worlds.reach.rules
        # The tables hold the world that was asked last; each turn to the other costs writes.
        near, far = self._side, 1 - self._side
        asked = [one for one in rules if self._may_differ(worlds, one[1])]
        for side in (near, far):
            for _, made in asked:
                for name in worlds.reach.names.intersection(made.needs):
                    self._held(worlds, name, side)
        wanted = [one for one in asked if self._differs(worlds, one[1])]
        told = {s: [self._answer(worlds, *one, s) for one in wanted] for s in (far, near)}
        return list(zip(told[0], told[1], strict=True))

    def query(
        self,
        worlds: Worlds,
        now: int,
        as_of: int,
        sql: str,
        parameters: Sequence[Value] = (),
        *,
        after: bool,
    ) -> list[tuple[Value, ...]]:
        """Run a SELECT over facts and links of one world."""
        self._move(worlds, now, as_of)
        self._ready(worlds, self._ours(relations_in(sql)), int(after))
        return self._db.execute(sql, parameters).fetchall()

    def _move(self, worlds: Worlds, now: int, as_of: int) -> None:
        """Go to an instant: what depends on it has to be found anew."""
        instant = (now, as_of, self._since)
        if worlds.instant == instant:
            return
        worlds.instant = instant
        if self._instant[0] != instant:
            self._instant = (instant, Held([instant]))
        for known in worlds.known:
            known[_MOMENT] = self._instant[1]
            for name in self._moving:
                known.pop(name, None)

    def _held(self, worlds: Worlds, name: str, side: int) -> Held:
        """Return what a relation or link holds in one of the worlds."""
        if name not in worlds.reach.names:
            side = 0
        held = worlds.known[side].get(name)
        if held is None:
            made = self._links.get(name)
            held = (
                self._rows(worlds, name, side) if made is None else self._linked(worlds, made, side)
            )
            worlds.known[side][name] = held
        return held

    def _rows(self, worlds: Worlds, relation: str, side: int) -> Held:
        resident = self._resident.get(relation)
        rows = worlds.cone.get(relation, set()) if resident is None else resident.distinct
        changed = worlds.deltas[side].apply(relation, rows)
        if not changed:
            return NOTHING
        other = worlds.known[1 - side].get(relation)
        for known in (resident, other, self._tables[relation].held):
            if known is not None and known.rows == changed:
                return known
        return Held(changed)

    def _linked(self, worlds: Worlds, made: _Made, side: int) -> Held:
        """Return what a link holds: as lately, or by running it.

        What comes out as it was, or as it is in the other world, is the same object, so that what
        stands on it stays too.
        """
        if self._is_empty(worlds, made, side):
            return NOTHING
        key = tuple([self._held(worlds, need, side) for need in made.needs])
        lately = self._lately[made.name]
        for known, held in lately:
            if known == key:
                return held
        self._ready(worlds, made.needs, side)
        rows = self._db.execute(made.sql).fetchall()
        other = worlds.known[1 - side].get(made.name)
        near = [other] if other is not None else []
        near += [held for _, held in lately]
        held = next((one for one in near if one.same(rows)), None) or (
            Held(rows) if rows else NOTHING
        )
        _remember(lately, key, held)
        return held

    def _is_empty(self, worlds: Worlds, made: _Made, side: int) -> bool:
        return any(not self._held(worlds, name, side).rows for name in made.required)

    def _ready(self, worlds: Worlds, names: Iterable[str], side: int) -> None:
        """Make the tables hold what the relations and links hold in a world."""
        # All are found out first: that may need the same tables to hold something else.
        wanted = [(self._tables[name], self._held(worlds, name, side)) for name in names]
        for table, held in wanted:
            table.hold(held)
        self._side = side

    def _answer(self, worlds: Worlds, rule: Rule, made: _Made, side: int) -> Answered:
        """Ask a rule, unless it has been asked lately over the same."""
        if self._is_empty(worlds, made, side):
            return self._silent[rule.id]
        key = tuple([self._held(worlds, need, side) for need in made.needs])
        lately = self._answered[rule.id]
        for one, answered in lately:
            if one == key:
                return answered
        self._ready(worlds, made.needs, side)
        try:
            cursor = self._db.execute(made.sql)
        except sqlite3.Error as error:
            raise RuleError(f"{rule.id}: SQLite refuses the SELECT: {error}") from error
        columns = tuple(item[0] for item in cursor.description)
        rows = cursor.fetchall()
        known = next((one for _, one in lately if one.rows == rows), None)
        answered = known or Answered(rule, columns, rows)
        _remember(lately, key, answered)
        return answered

    def _may_differ(self, worlds: Worlds, made: _Made) -> bool:
        """Say whether facts that a rule gives nothing without are there, in one world or both."""
        return not any(
            name not in self._links
            and not self._held(worlds, name, 0).rows
            and not self._held(worlds, name, 1).rows
            for name in made.required
        )

    def _differs(self, worlds: Worlds, made: _Made) -> bool:
        """Say whether a link or rule reads something that is not the same in both worlds."""
        names = worlds.reach.names
        return any(
            self._held(worlds, name, 0) is not self._held(worlds, name, 1)
            for name in made.needs
            if name in names
        )

    def _relations(self, names: Iterable[str]) -> None:
        for name in sorted(names):
            columns = self._reader.columns(name)
            types = RELATIONS[name].types
            listed = ", ".join(f'"{column}" {types.get(column, "")}' for column in columns)
            self._db.execute(f'CREATE TABLE "{name}" ({listed})')
            self._index(name, RELATIONS[name].indexes)
            self._tables[name] = Table(self._db, name)
            if name not in CUT_RELATIONS:
                rows = set(self._reader.whole(name))
                self._resident[name] = Held(rows) if rows else NOTHING

    def _link(self, link: Link) -> _Made:
        self._db.execute(f'CREATE TABLE "{link.name}" AS SELECT * FROM ({link.sql}) LIMIT 0')
        self._index(link.name, link.indexes)
        made = self._made(link.name, link.sql, link.needs)
        self._tables[link.name] = Table(self._db, link.name)
        return made

    def _rule(self, rule: Rule) -> _Made:
        self._db.set_authorizer(only_reading)
        try:
            self._db.execute(f"EXPLAIN {rule.sql}").close()
        except sqlite3.Error as error:
            raise RuleError(
                f"{rule.id}: SQLite refuses the SELECT: {error}", where=rule.where
            ) from error
        finally:
            self._db.set_authorizer(None)
        return self._made(rule.id, rule.sql, rule.needs)

    def _made(self, name: str, sql: str, names: frozenset[str]) -> _Made:
        """Return a link or rule with all that it stands on."""
        needs = self._ours(names)
        below = frozenset(needs).union(*(self._links[n].depends for n in needs if n in self._links))
        first = sorted(self._ours(required(sql)), key=lambda need: need in self._links)
        return _Made(name, sql, needs, tuple(first), below)

    def _ours(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return which of the names are tables whose rows may change."""
        return tuple(sorted(name for name in names if name in self._tables))

    def _index(self, name: str, indexes: Sequence[Sequence[str]]) -> None:
        for number, columns in enumerate(indexes):
            listed = ", ".join(f'"{column}"' for column in columns)
            self._db.execute(f'CREATE INDEX "ix_{name}_{number}" ON "{name}" ({listed})')


_LATELY = 4


def _remember(lately: list[tuple[_Key, _T]], key: _Key, given: _T) -> None:
    lately.insert(0, (key, given))
    del lately[_LATELY:]
