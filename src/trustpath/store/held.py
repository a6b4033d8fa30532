"""What the narrow engine's tables hold: rows known by identity, and written as differences."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Collection
from functools import cache
from operator import itemgetter

from trustpath.store.cone_reader import Row


class Held:
    """The rows of a relation or link in some world; the same object means the same rows."""

    __slots__ = ("_distinct", "rows")

    def __init__(self, rows: Collection[Row]) -> None:
        self.rows = rows
        self._distinct: set[Row] | None = None

    def same(self, rows: Collection[Row]) -> bool:
        """Say whether these are the rows, in whatever order."""
        if len(rows) != len(self.rows):
            return False
        return rows == self.rows or Counter(rows) == Counter(self.rows)

    def alike(self, other: Held, columns: tuple[int, ...]) -> bool:
        """Say whether another has the same rows as far as some columns show, however often each."""
        if len(self.rows) != len(other.rows) or not columns:
            return len(self.rows) == len(other.rows)
        ours, theirs = self.distinct, other.distinct
        if len(ours) == len(self.rows) and len(theirs) == len(other.rows):
            ours, theirs = ours - theirs, theirs - ours
            shown = _showing(columns)
            return Counter(map(shown, ours)) == Counter(map(shown, theirs))
        shown = _showing(columns)
        return Counter(map(shown, self.rows)) == Counter(map(shown, other.rows))

    @property
    def distinct(self) -> set[Row]:
        """Return the rows, each once."""
        if self._distinct is None:
            self._distinct = self.rows if isinstance(self.rows, set) else set(self.rows)
        return self._distinct


NOTHING = Held(())


@cache
def _showing(columns: tuple[int, ...]) -> Callable[[Row], object]:
    return itemgetter(*columns)


class Table:
    """A table of a database, changed by as few rows as turn what it holds into what it is to."""

    __slots__ = (
        "_at",
        "_database",
        "_delete",
        "_insert",
        "_last",
        "_one",
        "columns",
        "held",
        "name",
    )

    def __init__(self, database: sqlite3.Connection, name: str) -> None:
        self.name = name
        self.held = NOTHING
        self._database = database
        self._at: dict[Row, int] | None = {}
        self._last = 0
        self._delete = f'DELETE FROM "{name}"'
        self._one = f'DELETE FROM "{name}" WHERE rowid = ?'
        cursor = database.execute(f'SELECT * FROM "{name}"')
        self.columns = tuple(str(item[0]) for item in cursor.description)
        listed = "".join(f', "{column}"' for column in self.columns)
        marks = ", ".join("?" * (len(self.columns) + 1))
        self._insert = f'INSERT INTO "{name}" (rowid{listed}) VALUES ({marks})'

    def hold(self, wanted: Held) -> None:
        """Make the table hold these rows."""
        if wanted is self.held:
            return
        if not self._turn(wanted):
            self._replace(wanted)
        self.held = wanted

    def _turn(self, wanted: Held) -> bool:
        """Change single rows, where that is less work and no row is there twice."""
        number = len(wanted.rows)
        if not self.held.rows or not number or self._at is None:
            return False
        new = wanted.distinct
        if len(new) < number:
            return False
        old = self.held.distinct
        gone, come = old - new, new - old
        if len(gone) + len(come) >= number:
            return False
        at, last = self._at, self._last
        if gone:
            self._database.executemany(self._one, [(at.pop(row),) for row in gone])
        if come:
            fresh = dict(zip(come, range(last + 1, last + 1 + len(come)), strict=True))
            self._write(fresh)
            at.update(fresh)
        return True

    def _replace(self, wanted: Held) -> None:
        if self.held.rows:
            self._database.execute(self._delete)
        self._last, rows = 0, wanted.rows
        fresh = dict(zip(rows, range(1, 1 + len(rows)), strict=True))
        if len(fresh) == len(rows):
            self._write(fresh)
            self._at = fresh
        else:
            numbered = [(number, *row) for number, row in enumerate(rows, 1)]
            self._database.executemany(self._insert, numbered)
            self._at = None

    def _write(self, fresh: dict[Row, int]) -> None:
        self._database.executemany(self._insert, [(at, *row) for row, at in fresh.items()])
        self._last += len(fresh)
