"""Recording what sources gave: replace part by part, keep what was, forget nothing."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import Engine

from trustpath.base.errors import StoreError
from trustpath.facts import schema
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.relations import Fact

_BATCH = 20_000


class Recorder:
    """Writes what one source gave, in one transaction that ``finish`` commits.

    A part that gave nothing keeps the rows it had: they go stale by the source's freshness limit
    instead of vanishing, because silence is not absence. Use as a context manager: leaving it
    without ``finish`` rolls everything back.
    """

    def __init__(self, engine: Engine, source: str, kind: str, now: int) -> None:
        self._source = source
        self._kind = kind
        self._now = now
        self._seen: set[int] = set()
        self._raw = engine.raw_connection()
        connection = self._raw.driver_connection
        if not isinstance(connection, sqlite3.Connection):
            raise StoreError("the store is no SQLite database")
        self._cursor = connection.cursor()
        self._filled = tuple(
            table
            for table in schema.TABLES
            if table.name != "moment"
            and self._cursor.execute(f"SELECT EXISTS (SELECT 1 FROM fact_{table.name})").fetchone()[
                0
            ]
        )

    def __enter__(self) -> Recorder:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._raw.rollback()
        self._raw.close()

    def write(self, part: Part) -> None:
        """Record one part: new rows open now, rows no longer given close now."""
        try:
            part_id = self._part_id(self._cursor, part)
            self._seen.add(part_id)
            if part.coverage is not Coverage.NONE:
                self._replace(self._cursor, part_id, part.facts)
            self._collection(self._cursor, part_id, part)
        except sqlite3.Error as error:
            raise StoreError(
                f"recording failed: {error}", where=f"{self._source}/{part.name}"
            ) from error

    def finish(self, *, failed: Problem | None = None) -> None:
        """Commit; parts that the source no longer has end now, unless the source itself failed."""
        self.write(
            Part(
                name="",
                grade=Grade.DECLARATION,
                coverage=Coverage.NONE if failed else Coverage.FULL,
                observed_at=self._now,
                problems=(failed,) if failed else (),
            )
        )
        if not failed:
            self._close_vanished(self._cursor)
        self._raw.commit()

    def _close_vanished(self, cursor: sqlite3.Cursor) -> None:
        known = cursor.execute(
            "SELECT id FROM source_part WHERE source = ?", (self._source,)
        ).fetchall()
        for (part_id,) in known:
            if part_id not in self._seen and not self._is_gone(cursor, part_id):
                self._replace(cursor, part_id, ())
                cursor.execute(
                    "INSERT INTO collection VALUES (?, ?, ?, ?, ?, ?)",
                    (
                        part_id,
                        self._now,
                        int(Grade.DECLARATION),
                        Coverage.NONE.value,
                        "[]",
                        True,
                    ),
                )

    def _is_gone(self, cursor: sqlite3.Cursor, part_id: int) -> bool:
        row = cursor.execute(
            "SELECT gone FROM collection WHERE part = ? "
            "ORDER BY observed_at DESC, rowid DESC LIMIT 1",
            (part_id,),
        ).fetchone()
        return bool(row and row[0])

    def _part_id(self, cursor: sqlite3.Cursor, part: Part) -> int:
        found = cursor.execute(
            "SELECT id FROM source_part WHERE source = ? AND name = ?", (self._source, part.name)
        ).fetchone()
        if found:
            return int(found[0])
        cursor.execute(
            "INSERT INTO source_part (source, kind, name, view) VALUES (?, ?, ?, ?)",
            (self._source, self._kind, part.name, part.view),
        )
        return int(cursor.lastrowid or 0)

    def _collection(self, cursor: sqlite3.Cursor, part_id: int, part: Part) -> None:
        problems = json.dumps([[p.message, p.where, p.hint] for p in part.problems])
        cursor.execute(
            "INSERT INTO collection VALUES (?, ?, ?, ?, ?, ?)",
            (part_id, part.observed_at, int(part.grade), part.coverage.value, problems, False),
        )

    def _replace(self, cursor: sqlite3.Cursor, part_id: int, facts: Iterable[Fact]) -> None:
        held = self._open_rows(cursor, part_id)
        pending: dict[str, list[Fact]] = defaultdict(list)
        seen: dict[str, set[Fact]] = defaultdict(set)
        for chunk in _chunks(facts):
            for fact in chunk:
                name = schema.BY_RELATION[type(fact)].name
                if fact in seen[name]:
                    continue
                seen[name].add(fact)
                if held.get(name, {}).pop(fact, None) is None:
                    pending[name].append(fact)
            for name, rows in pending.items():
                self._insert(cursor, name, part_id, rows)
            pending.clear()
        for name, gone in held.items():
            cursor.executemany(
                f"UPDATE fact_{name} SET valid_to = ? WHERE rowid = ?",
                [(self._now, rowid) for rowid in gone.values()],
            )

    def _insert(self, cursor: sqlite3.Cursor, name: str, part_id: int, rows: list[Fact]) -> None:
        table = schema.BY_NAME[name]
        marks = ", ".join("?" * len(table.columns))
        # By name: a column that came by a migration stands last in an older store.
        columns = ", ".join(f'"{column.name}"' for column in table.columns)
        cursor.executemany(
            f"INSERT INTO fact_{name} ({columns}, part, valid_from, valid_to) "
            f"VALUES ({marks}, {part_id}, {self._now}, NULL)",
            rows,
        )

    def _open_rows(self, cursor: sqlite3.Cursor, part_id: int) -> dict[str, dict[Fact, int]]:
        if not cursor.execute(
            "SELECT 1 FROM collection WHERE part = ? LIMIT 1", (part_id,)
        ).fetchone():
            return {}
        held: dict[str, dict[Fact, int]] = {}
        for table in self._filled:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            rows = cursor.execute(
                f"SELECT rowid, {columns} FROM fact_{table.name} "
                "WHERE part = ? AND valid_to IS NULL",
                (part_id,),
            )
            held[table.name] = {tuple(row[1:]): int(row[0]) for row in rows}
        return held


def _chunks(facts: Iterable[Fact]) -> Iterator[list[Fact]]:
    iterator = iter(facts)
    while chunk := list(islice(iterator, _BATCH)):
        yield chunk
