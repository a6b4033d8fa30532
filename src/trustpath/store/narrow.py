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
from trustpath.facts.links import relations_in
from trustpath.facts.world import Delta
from trustpath.rules.judge import Answered, Value
from trustpath.rules.rule import Rule
from trustpath.store.cone import Cone, Rows
from trustpath.store.cone_reader import ConeReader, Row
from trustpath.store.held import NOTHING, Held, Table
from trustpath.store.parts import PartRows
from trustpath.store.prepared import MOMENT, Made, Prepared

_KEPT = 2
"""How many of the worlds that a link or rule has seen stay known from one change to the next."""
_MOMENTS = 1000
"""How many instants are known at most."""

_Key = tuple[Held, ...]
_T = TypeVar("_T")
Known = tuple[dict[str, Held], dict[str, Held]]
Pair = tuple[Answered, Answered]
"""What a rule gave before and after."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A rule, and what it reads that may differ between two worlds; ``moves``: with time."""

    rule: Rule
    made: Made
    reads: tuple[str, ...]
    moves: bool


@dataclass(frozen=True, slots=True)
class _Reach:
    """What may differ between the worlds of a change that touches certain relations."""

    names: frozenset[str]
    rules: tuple[_Asked, ...]


class _Scene:
    """The two worlds at one instant: what is known of them."""

    __slots__ = ("differs", "known", "worlds")

    def __init__(self, worlds: Worlds, moment: Held, known: Known) -> None:
        self.worlds = worlds
        self.known = known
        self.differs: set[str] = set()
        for side in known:
            side[MOMENT] = moment


class Worlds:
    """The two worlds of one change."""

    def __init__(self, cone: Rows, deltas: tuple[Delta, Delta], reach: _Reach) -> None:
        self.cone = cone
        self.deltas = deltas
        self.reach = reach
        self.present: _Scene | None = None
        self.asked: list[_Asked] | None = None


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
        prepared = Prepared(reader, parts, rules, extra)
        self._db = prepared.database
        self._prepared = prepared
        self._tables, self._links = prepared.tables, prepared.links
        self._resident = prepared.resident
        self._side = 0
        """The world that the tables hold, of whatever differs between the two."""
        self._moments: dict[Row, Held] = {}
        self._asked_for: dict[str, tuple[str, ...]] = {}
        self._lately: dict[str, dict[_Key, Held]] = {name: {} for name in self._links}
        self._last: dict[str, Held] = {}
        self._answered: dict[str, dict[_Key, Answered]] = {rule.id: {} for rule in rules}
        self._silent = {rule.id: Answered(rule, (), ()) for rule in rules}
        self._reaches: dict[frozenset[str], _Reach] = {}
        moving = {name for name, made in self._links.items() if MOMENT in made.depends}
        self._moving = frozenset({MOMENT, *moving})

    def close(self) -> None:
        """Forget everything."""
        self._db.close()

    def cone(self, edits: int = 0) -> Cone:
        """Return an empty cone to grow."""
        return Cone(self._reader, edits)

    def worlds(self, cone: Rows, before: Delta, after: Delta, touched: frozenset[str]) -> Worlds:
        """Return the worlds of a cone; ``touched`` are the relations that differ between them."""
        for seen in self._lately.values():
            _forget(seen)
        for told in self._answered.values():
            _forget(told)
        reach = self._reaches.get(touched)
        if reach is None:
            reach = self._reaches[touched] = self._reach(touched)
        return Worlds(cone, (before, after), reach)

    def _reach(self, touched: frozenset[str]) -> _Reach:
        names = touched.union(n for n, made in self._links.items() if made.depends & touched)
        asked = []
        for rule, made in self._prepared.rules:
            reads = tuple(need for need in made.needs if need in names)
            if reads:
                asked.append(_Asked(rule, made, reads, MOMENT in made.depends))
        return _Reach(names, tuple(asked))

    def compare(self, worlds: Worlds, now: int, as_of: int) -> list[Pair]:
        """Return what each rule gives in both worlds that reads something that differs in them."""
        scene = self._present(worlds, now, as_of)
        asked = worlds.asked = [
            one for one in worlds.reach.rules if self._may_differ(scene, one.made)
        ]
        names = list(dict.fromkeys(name for one in asked for name in one.reads))
        # The tables hold the world that was asked last; each turn to the other costs writes.
        near, far = self._side, 1 - self._side
        for side in (near, far):
            for name in names:
                self._held(scene, name, side)
        scene.differs = _differing(scene, names)
        wanted = [one for one in asked if not scene.differs.isdisjoint(one.reads)]
        told = {side: [self._answer(scene, one, side) for one in wanted] for side in (far, near)}
        return list(zip(told[0], told[1], strict=True))

    def forecast(
        self, worlds: Worlds, now: int, as_of: int, instants: Sequence[int]
    ) -> list[list[Pair]]:
        """Return the same for later instants, of such rules alone as read what time changes.

        One world goes through all instants before the other does.
        """
        if worlds.asked is None:
            self.compare(worlds, now, as_of)
        present = self._present(worlds, now, as_of)
        moving = [one for one in worlds.asked or () if one.moves]
        names = [name for one in moving for name in one.reads if name in self._moving]
        names = list(dict.fromkeys(names))
        still = present.differs - self._moving
        sure = [one for one in moving if not still.isdisjoint(one.reads)]
        scenes = [self._later(present, at) for at in instants]
        near, far = self._side, 1 - self._side
        told: list[dict[tuple[str, int], Answered]] = [{} for _ in scenes]
        for scene, said in zip(scenes, told, strict=True):
            for name in names:
                self._held(scene, name, near)
            for one in sure:
                said[one.rule.id, near] = self._answer(scene, one, near)
        for scene, said in zip(scenes, told, strict=True):
            for name in names:
                self._held(scene, name, far)
            scene.differs = still | _differing(scene, names)
            for one in moving:
                if not scene.differs.isdisjoint(one.reads):
                    said[one.rule.id, far] = self._answer(scene, one, far)
        for scene, said in zip(scenes, told, strict=True):
            for one in moving:
                if (one.rule.id, far) in said and (one.rule.id, near) not in said:
                    said[one.rule.id, near] = self._answer(scene, one, near)
        return [
            [(said[rule, 0], said[rule, 1]) for rule, side in said if side == far] for said in told
        ]

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
        """Run a SELECT over facts and links of one world, as of now."""
        scene = self._present(worlds, now, as_of)
        names = self._asked_for.get(sql)
        if names is None:
            names = self._asked_for[sql] = self._prepared.ours(relations_in(sql))
        key = tuple([self._held(scene, name, int(after)) for name in names])
        self._lay([self._tables[name] for name in names], key, int(after))
        return self._db.execute(sql, parameters).fetchall()

    def _present(self, worlds: Worlds, now: int, as_of: int) -> _Scene:
        if worlds.present is None:
            worlds.present = _Scene(worlds, self._moment(now, as_of), ({}, {}))
        return worlds.present

    def _later(self, present: _Scene, at: int) -> _Scene:
        """Return an instant of which only that is known which time does not change."""
        known = tuple(
            {name: held for name, held in side.items() if name not in self._moving}
            for side in present.known
        )
        return _Scene(present.worlds, self._moment(at, at), (known[0], known[1]))

    def _moment(self, now: int, as_of: int) -> Held:
        instant = (now, as_of, self._since)
        if instant not in self._moments:
            if len(self._moments) > _MOMENTS:
                self._moments.clear()
            self._moments[instant] = Held([instant])
        return self._moments[instant]

    def _held(self, scene: _Scene, name: str, side: int) -> Held:
        """Return what a relation or link holds in one of the worlds."""
        held = scene.known[side].get(name)
        if held is None:
            same = name not in scene.worlds.reach.names
            made = self._links.get(name)
            if made is None:
                held = self._rows(scene, name, side)
            else:
                held = self._linked(scene, made, side)
            other = scene.known[1 - side].get(name)
            if other is not None and other is not held and other.same(held.rows):
                held = other
            scene.known[side][name] = held
            if same:
                scene.known[1 - side][name] = held
        return held

    def _rows(self, scene: _Scene, relation: str, side: int) -> Held:
        worlds, resident = scene.worlds, self._resident.get(relation)
        rows = worlds.cone.get(relation, set()) if resident is None else resident.distinct
        changed = worlds.deltas[side].apply(relation, rows)
        if not changed:
            return NOTHING
        other = scene.known[1 - side].get(relation)
        for known in (resident, other, self._tables[relation].held):
            if known is not None and known.rows == changed:
                return known
        return Held(changed)

    def _linked(self, scene: _Scene, made: Made, side: int) -> Held:
        """Return what a link holds: as lately, or by running it.

        What comes out as it was, or as it is in the other world, is the same object, so that what
        stands on it stays too.
        """
        key = self._key(scene, made, side)
        if key is None:
            return NOTHING
        lately = self._lately[made.name]
        held = lately.get(key)
        if held is not None:
            return held
        self._lay(made.tables, key, side)
        rows = self._db.execute(made.sql).fetchall()
        near = (scene.known[1 - side].get(made.name), self._last.get(made.name))
        held = next((one for one in near if one is not None and one.same(rows)), None)
        if held is None:
            held = Held(rows) if rows else NOTHING
        lately[key] = self._last[made.name] = held
        return held

    def _key(self, scene: _Scene, made: Made, side: int) -> _Key | None:
        """Return what all that a link or rule reads holds; None where it gives nothing for sure."""
        known = scene.known[side]
        for name in made.required:
            if not (known.get(name) or self._held(scene, name, side)).rows:
                return None
        return tuple([known.get(name) or self._held(scene, name, side) for name in made.needs])

    def _lay(self, tables: Iterable[Table], key: _Key, side: int) -> None:
        """Make tables hold what a statement is to read."""
        for table, held in zip(tables, key, strict=True):
            if table.held is not held:
                table.hold(held)
        self._side = side

    def _answer(self, scene: _Scene, asked: _Asked, side: int) -> Answered:
        """Ask a rule, unless it has been asked lately over the same."""
        rule, made = asked.rule, asked.made
        key = self._key(scene, made, side)
        if key is None:
            return self._silent[rule.id]
        lately = self._answered[rule.id]
        answered = lately.get(key)
        if answered is not None:
            return answered
        self._lay(made.tables, key, side)
        try:
            cursor = self._db.execute(made.sql)
        except sqlite3.Error as error:
            raise RuleError(f"{rule.id}: SQLite refuses the SELECT: {error}") from error
        rows = cursor.fetchall()
        known = next(reversed(lately.values())) if lately else self._silent[rule.id]
        if known.rows == rows:
            answered = known
        elif rows:
            answered = Answered(rule, tuple(item[0] for item in cursor.description), rows)
        else:
            answered = self._silent[rule.id]
        lately[key] = answered
        return answered

    def _may_differ(self, scene: _Scene, made: Made) -> bool:
        """Say whether facts that a rule gives nothing without are there, in one world or both."""
        return all(
            name in self._links
            or self._held(scene, name, 0).rows
            or self._held(scene, name, 1).rows
            for name in made.required
        )


def _forget(memory: dict[_Key, _T]) -> None:
    """Drop all but what was learned last."""
    if len(memory) > _KEPT:
        for old in list(memory)[:-_KEPT]:
            del memory[old]


def _differing(scene: _Scene, names: Iterable[str]) -> set[str]:
    """Return the relations and links of which the two worlds hold different rows."""
    before, after = scene.known
    return {name for name in names if before[name] is not after[name]}
