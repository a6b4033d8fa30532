"""Reading a store column-wise for DuckDB, ahead of need where the store is a file."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
from sqlalchemy import Engine as Database

from trustpath.store.snapshot import RELATIONS

AHEAD = 1
"""How many relations may lie ready before DuckDB has taken them: memory bounds it. One more is on
its way, and one is being taken."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One relation on its way: its rows, and whether several parts may have given the same one."""

    name: str
    rows: pa.Table
    shared: bool


class FetchAhead:
    """Reads relations in a thread while the engine works on those it has.

    Nothing else may use the reader until ``drain`` returned; an error in the thread is raised
    where its relation is taken.
    """

    def __init__(self, reader: Reader, names: Sequence[str], as_of: int) -> None:
        self._ready: queue.Queue[Incoming | BaseException | None] = queue.Queue(AHEAD)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(reader, names, as_of), daemon=True)
        self._thread.start()

    def take(self) -> Iterator[Incoming]:
        """Yield relations in the order asked for, as they come."""
        while (item := self._ready.get()) is not None:
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self) -> None:
        """Stop reading and wait for the thread."""
        self._stop.set()
        while self._thread.is_alive():
            try:
                self._ready.get(timeout=0.05)
            except queue.Empty:
                continue
        self._thread.join()

    def _run(self, reader: Reader, names: Sequence[str], as_of: int) -> None:
        try:
            for name in names:
                if self._stop.is_set():
                    break
                self._ready.put(fetch(reader, name, as_of))
        except BaseException as error:
            self._ready.put(error)
        self._ready.put(None)


def fetch(reader: Reader, name: str, as_of: int) -> Incoming:
    """Read one relation as of an instant."""
    relation = RELATIONS[name]
    rows = reader.table(relation.select(as_of))
    if not relation.shared:
        return Incoming(name, rows, shared=False)
    # Rows of one part are distinct already; the index answers this at once.
    ((least, greatest),) = reader.rows(f"SELECT MIN(part), MAX(part) FROM fact_{name}")
    return Incoming(name, rows, shared=bool(least != greatest))


class Reader(Protocol):
    """How the store is read; the two ways differ only in how rows become Arrow."""

    def rows(self, sql: str) -> list[Any]:
        """Return all rows of a SELECT."""
        ...

    def make_part(self, part: pa.Table) -> None:
        """Make the temporary table ``part`` that SELECTs over facts join."""
        ...

    def table(self, sql: str) -> pa.Table:
        """Return the rows of a SELECT column-wise."""
        ...

    def close(self) -> None:
        """Give the connection back."""
        ...


class FileReader:
    """Reads a store file column-wise through ADBC."""

    def __init__(self, path: str) -> None:
        from adbc_driver_sqlite import dbapi

        self._connection = dbapi.connect(path)

    def rows(self, sql: str) -> list[Any]:
        """Return all rows of a SELECT."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def make_part(self, part: pa.Table) -> None:
        """Make the temporary table ``part``."""
        with self._connection.cursor() as cursor:
            cursor.adbc_ingest("part", part, mode="create", temporary=True)
            cursor.execute("CREATE INDEX temp.part_id ON part (id)")

    def table(self, sql: str) -> pa.Table:
        """Return the rows of a SELECT column-wise."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow_table()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


class MemoryReader:
    """Reads a store in memory through its own connection."""

    def __init__(self, database: Database) -> None:
        self._raw = database.raw_connection()

    def rows(self, sql: str) -> list[Any]:
        """Return all rows of a SELECT."""
        cursor = self._raw.cursor()
        return list(cursor.execute(sql).fetchall())

    def make_part(self, part: pa.Table) -> None:
        """Make the temporary table ``part``."""
        cursor = self._raw.cursor()
        cursor.execute(f"CREATE TEMP TABLE part ({', '.join(part.column_names)})")
        marks = ", ".join("?" * len(part.column_names))
        rows = list(zip(*(column.to_pylist() for column in part.columns), strict=True))
        cursor.executemany(f"INSERT INTO part VALUES ({marks})", rows)
        # The store has one connection: whoever else gives it back would undo the rows.
        self._raw.commit()

    def table(self, sql: str) -> pa.Table:
        """Return the rows of a SELECT column-wise."""
        cursor = self._raw.cursor()
        cursor.execute(sql)
        names = [item[0] for item in cursor.description]
        columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
        return pa.table(
            {name: pa.array(column) for name, column in zip(names, columns, strict=True)}
        )

    def close(self) -> None:
        """Give the connection back."""
        self._raw.cursor().execute("DROP TABLE IF EXISTS temp.part")
        self._raw.commit()  # giving the connection back would undo it
        self._raw.close()


def open_reader(database: Database) -> Reader:
    """Return the way to read a store: from its file where it has one."""
    path = database.url.database
    return FileReader(path) if path else MemoryReader(database)
