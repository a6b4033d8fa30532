"""The narrow engine: judge a cone in a database of its own, both of its worlds side by side.

Tables and links are made once and keep their shape, so every statement stays prepared. What a link
or rule gives depends on what it reads alone: where that is the same in the other world, or was the
same an instant ago, the answer is known, and where it cannot differ nobody asks. Only what a
statement that is run does read is written into the tables.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import TypeVar

from trustpath.base.errors import RuleError
from trustpath.facts.links import relations_in
from trustpath.facts.world import Delta
from trustpath.rules.judge import Answered
from trustpath.rules.rule import Rule
from trustpath.rules.value import Value
from trustpath.store.cone import Cone, Rows
from trustpath.store.cone_reader import ConeReader, Row
from trustpath.store.held import NOTHING, Held, Table
from trustpath.store.parts import PartRows
from trustpath.store.prepared import MOMENT, Made, Prepared, Reads
from trustpath.store.worlds import Asked, Reach, Scene, Worlds, heights_of

_KEPT = 2
"""How many of the worlds that a link or rule has seen stay known from one change to the next."""
_MOMENTS = 1000
"""How many instants are known at most."""

_Key = tuple[Held, ...]
_T = TypeVar("_T")
Pair = tuple[Answered, Answered]
"""What a rule gave before and after."""


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
        self._asked_for: dict[str, Reads] = {}
        self._lately: dict[str, dict[_Key, Held]] = {name: {} for name in self._links}
        self._last: dict[str, Held] = {}
        self._answered: dict[str, dict[_Key, Answered]] = {rule.id: {} for rule in rules}
        self._silent = {rule.id: Answered(rule, (), ()) for rule in rules}
        self._reaches: dict[frozenset[str], Reach] = {}
        moving = {name for name, made in self._links.items() if made.moves}
        self._moving = frozenset({MOMENT, *moving})

    def close(self) -> None:
        """Forget everything."""
        self._prepared.close()

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

    def _reach(self, touched: frozenset[str]) -> Reach:
        names = touched.union(n for n, made in self._links.items() if made.depends & touched)
        links = [made for name, made in self._links.items() if name in names]
        below = frozenset(made.name for made in links)
        asked = [
            Asked(rule, made, below & made.depends)
            for rule, made in self._prepared.rules
            if not names.isdisjoint(made.needs)
        ]
        apart = {}
        for made in (*links, *(one.made for one in asked)):
            reads = [read for read in made.reads if read[0] in names]
            still = tuple(read for read in reads if read[0] not in self._moving)
            apart[made.name] = still, tuple(read for read in reads if read[0] in self._moving)
        links.sort(key=attrgetter("depth"))
        return Reach(names, names | self._moving, tuple(asked), tuple(links), apart)

    def compare(self, worlds: Worlds, now: int, as_of: int) -> list[Pair]:
        """Return what each rule gives in both worlds that reads something that differs in them."""
        scene = self._present(worlds, now, as_of)
        asked = [one for one in worlds.reach.rules if self._may_differ(scene, one.made)]
        worlds.asked = asked
        return self._pairs(scene, asked, heights_of(worlds, asked))

    def forecast(
        self, worlds: Worlds, now: int, as_of: int, instants: Sequence[int]
    ) -> list[list[Pair]]:
        """Return the same for later instants, of such rules alone as read what time changes."""
        if not instants:
            return []
        if worlds.asked is None:
            self.compare(worlds, now, as_of)
        present = self._present(worlds, now, as_of)
        still = [
            {name: held for name, held in side.items() if name not in self._moving}
            for side in present.known
        ]
        moving = [one for one in worlds.asked or () if one.made.moves]
        heights = heights_of(worlds, moving, moving=True)
        found = []
        for at in instants:
            scene = Scene(worlds, self._moment(at, at), (still[0].copy(), still[1].copy()))
            found.append(self._pairs(scene, moving, heights))
        return found

    def _pairs(
        self, scene: Scene, asked: Sequence[Asked], heights: Sequence[Sequence[Made]]
    ) -> list[Pair]:
        """Ask the rules that read something that differs; before that make the links that may.

        Link by link from the bottom: one of which all that it reads looks the same comes out the
        same, and is made only when somebody needs it. The tables hold the world that was asked
        last, and each turn to the other costs writes, so those of one height are made together.
        """
        for links in heights:
            changed = [made for made in links if self._differs(scene, made)]
            for side in (self._side, 1 - self._side):
                for made in changed:
                    self._held(scene, made.name, side)
        wanted = [one for one in asked if self._differs(scene, one.made)]
        near, far = self._side, 1 - self._side
        told = {side: [self._answer(scene, one, side) for one in wanted] for side in (near, far)}
        return list(zip(told[0], told[1], strict=True))

    def _differs(self, scene: Scene, made: Made) -> bool:
        """Say whether something that a link or rule reads looks different in the two worlds."""
        still, moving = scene.worlds.reach.apart[made.name]
        differs = scene.worlds.still.get(made.name)
        if differs is None:
            differs = scene.worlds.still[made.name] = self._apart(scene, still)
        return differs or self._apart(scene, moving)

    def _apart(self, scene: Scene, reads: Reads) -> bool:
        """Say whether what is read looks different; a link that is not known yet does not."""
        before, after = scene.known
        for name, look in reads:
            if name in self._links:
                low, high = before.get(name), after.get(name)
                if low is high or low is None or high is None:
                    continue
            else:
                low, high = self._held(scene, name, 0), self._held(scene, name, 1)
            if low is high:
                continue
            if look is None:
                return True
            if self._look(scene.worlds, look, low) is not self._look(scene.worlds, look, high):
                return True
        return False

    def _look(self, worlds: Worlds, look: int, held: Held) -> Held:
        """Return rows that look like these in the columns that are read, one object for all."""
        seen = worlds.seen[look]
        found = seen.get(held)
        if found is None:
            columns = self._prepared.looks[look]
            found = next((one for one in set(seen.values()) if one.alike(held, columns)), held)
            seen[held] = found
        return found

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
        reads = self._asked_for.get(sql)
        if reads is None:
            names = self._prepared.ours(relations_in(sql))
            reads = self._asked_for[sql] = self._prepared.reads(sql, names, len(parameters))
        key = self._seen(scene, reads, int(after))
        asked = (sql, *parameters, *key)
        told = worlds.told.get(asked)
        if told is None:
            self._lay([self._tables[name] for name, _look in reads], key, int(after))
            told = worlds.told[asked] = self._db.execute(sql, parameters).fetchall()
        return told

    def _present(self, worlds: Worlds, now: int, as_of: int) -> Scene:
        if worlds.present is None:
            worlds.present = Scene(worlds, self._moment(now, as_of), ({}, {}))
        return worlds.present

    def _moment(self, now: int, as_of: int) -> Held:
        instant = (now, as_of, self._since)
        if instant not in self._moments:
            if len(self._moments) > _MOMENTS:
                self._moments.clear()
            self._moments[instant] = Held([instant])
        return self._moments[instant]

    def _held(self, scene: Scene, name: str, side: int) -> Held:
        """Return what a relation or link holds in one of the worlds."""
        held = scene.known[side].get(name)
        if held is None:
            other = scene.known[1 - side].get(name)
            made = self._links.get(name)
            if made is None:
                held = self._rows(scene, name, side)
            else:
                held = self._linked(scene, made, side)
            if other is not None and other is not held and other.same(held.rows):
                held = other
            scene.known[side][name] = held
            if name not in scene.worlds.reach.names:
                scene.known[1 - side][name] = held
        return held

    def _rows(self, scene: Scene, relation: str, side: int) -> Held:
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

    def _linked(self, scene: Scene, made: Made, side: int) -> Held:
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

    def _key(self, scene: Scene, made: Made, side: int) -> _Key | None:
        """Return what all that a link or rule reads holds; None where it gives nothing for sure."""
        known = scene.known[side]
        for clause in made.required:
            for name in clause:
                if (known.get(name) or self._held(scene, name, side)).rows:
                    break
            else:
                return None
        return self._seen(scene, made.reads, side)

    def _seen(self, scene: Scene, reads: Reads, side: int) -> _Key:
        """Return what is read as it looks in a world."""
        known, worlds = scene.known[side], scene.worlds
        varied, seen, found = worlds.reach.varied, worlds.seen, []
        for name, look in reads:
            held = known.get(name) or self._held(scene, name, side)
            if look is not None and name in varied:
                held = seen[look].get(held) or self._look(worlds, look, held)
            found.append(held)
        return tuple(found)

    def _lay(self, tables: Iterable[Table], key: _Key, side: int) -> None:
        """Make tables hold what a statement is to read."""
        for table, held in zip(tables, key, strict=True):
            if table.held is not held:
                table.hold(held)
        self._side = side

    def _answer(self, scene: Scene, asked: Asked, side: int) -> Answered:
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

    def _may_differ(self, scene: Scene, made: Made) -> bool:
        """Say whether facts that a rule gives nothing without are there, in one world or both."""
        for clause in made.required:
            if clause[-1] in self._links:
                return True
            for name in clause:
                if self._held(scene, name, 0).rows or self._held(scene, name, 1).rows:
                    break
            else:
                return False
        return True


def _forget(memory: dict[_Key, _T]) -> None:
    """Drop all but what was learned last."""
    if len(memory) > _KEPT:
        for old in list(memory)[:-_KEPT]:
            del memory[old]
