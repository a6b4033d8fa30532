"""The DuckDB engine: the same snapshot and the same rule text, for large estates.

Facts travel column-wise: through ADBC from a store file, through Arrow from one in memory. DuckDB
is an optional extra; nothing is downloaded at run time and rule text cannot reach files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import duckdb
import pyarrow as pa
from sqlalchemy import Engine as Database

from trustpath.base.errors import RuleError
from trustpath.facts.links import in_order, relations_in
from trustpath.rules.judge import UNKNOWN_LISTED, Answer, Value
from trustpath.store.snapshot import PART_COLUMNS, PARTS, RELATIONS, ZONES, Snapshot, choose

_ARROW = {"TEXT": pa.string(), "BIGINT": pa.int64(), "BOOLEAN": pa.bool_()}


class DuckdbJudge:
    """Answers rules over one snapshot of a store, in a DuckDB database of its own in memory."""

    def __init__(
        self, database: Database, snapshot: Snapshot, *, memory_limit: str = "3GB"
    ) -> None:
        self._duck = duckdb.connect(
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        )
        self._duck.execute(f"SET memory_limit = '{memory_limit}'")
        self._duck.execute("SET preserve_insertion_order = false")
        self._duck.execute("SET default_null_order = 'sqlite'")
        self._made: set[str] = set()
        self._as_of = snapshot.as_of
        self._reader = _reader(database)
        self._prepare(snapshot)
        self._duck.execute("SET enable_external_access = false")
        self._duck.execute("SET lock_configuration = true")

    def close(self) -> None:
        """Drop everything."""
        self._reader.close()
        self._duck.close()

    def __enter__(self) -> DuckdbJudge:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def ask(self, sql: str, *, passes: bool = False, unknowns: int = UNKNOWN_LISTED) -> Answer:
        """Run the SELECT of a rule; raises RuleError with DuckDB's message.

        The rows are kept once, with text only where it will be shown: most rows hold, and their
        subjects and evidence need not be made.
        """
        try:
            self.need(relations_in(sql))
            empty = self._duck.execute(f"SELECT * FROM ({sql}) AS rule LIMIT 0")
            columns = tuple(str(item[0]) for item in empty.description or ())
            shown = ", ".join(
                f'"{name}"'
                if passes or name in ("tier", "holds")
                else f'CASE WHEN holds IS NOT TRUE THEN "{name}" END AS "{name}"'
                for name in columns
            )
            run = self._duck.execute
            run(f"CREATE OR REPLACE TEMP TABLE judged AS SELECT {shown} FROM ({sql}) AS rule")
            counted = run("SELECT tier, holds, COUNT(*) FROM judged GROUP BY ALL").fetchall()
            kept = "holds IS NOT NULL" if passes else "NOT holds"
            rows = run(f"SELECT * FROM judged WHERE {kept}").fetchall()
            rows += run(
                f"SELECT * FROM judged WHERE holds IS NULL ORDER BY subject LIMIT {unknowns:d}"
            ).fetchall()
        except duckdb.Error as error:
            raise RuleError(f"DuckDB refuses the SELECT: {error}") from error
        return Answer(columns, {(tier, holds): number for tier, holds, number in counted}, rows)

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run any SELECT over facts and links."""
        self.need(relations_in(sql))
        rows: list[tuple[Value, ...]] = self._duck.execute(sql, list(parameters)).fetchall()
        return rows

    def need(self, names: frozenset[str]) -> None:
        """Make the facts and links among the names, and everything that they stand on."""
        for link in in_order(names - self._made):
            if link.name not in self._made:
                self._facts(link.needs)
                self._duck.execute(f'CREATE TABLE "{link.name}" AS {link.sql}')
                self._made.add(link.name)
        self._facts(names)

    def _facts(self, names: frozenset[str]) -> None:
        for name in sorted((names & RELATIONS.keys()) - self._made):
            relation = RELATIONS[name]
            incoming = self._reader.table(relation.select(self._as_of))
            shared = relation.shared and self._said_by_several(name)
            self._create(name, incoming, relation.types, shared=shared)

    def _said_by_several(self, name: str) -> bool:
        # Rows of one part are distinct already; the index answers this at once.
        ((least, greatest),) = self._reader.rows(f"SELECT MIN(part), MAX(part) FROM fact_{name}")
        return bool(least != greatest)

    def _prepare(self, snapshot: Snapshot) -> None:
        reader = self._reader
        parts = reader.rows(PARTS.replace(":as_of", str(snapshot.as_of)))
        zones = reader.rows(ZONES.replace(":as_of", str(snapshot.as_of)))
        chosen = list(choose(parts, zones, snapshot))
        part = pa.table(
            {
                name: pa.array([row[i] for row in chosen], _ARROW[kind])
                for i, (name, kind) in enumerate(PART_COLUMNS)
            }
        )
        reader.make_part(part)
        self._create("part", part, dict(PART_COLUMNS))
        since = reader.rows("SELECT MIN(observed_at) FROM collection")[0][0]
        self._duck.execute("CREATE TABLE moment (now BIGINT, as_of BIGINT, history_since BIGINT)")
        self._duck.execute(
            "INSERT INTO moment VALUES (?, ?, ?)",
            [snapshot.now, snapshot.as_of, since or snapshot.now],
        )
        self._made.add("moment")

    def _create(
        self, name: str, incoming: pa.Table, types: Mapping[str, str], *, shared: bool = False
    ) -> None:
        columns = ", ".join(
            f'CAST("{column}" AS {types[column]}) AS "{column}"'
            if column in types
            else f'"{column}"'
            for column in incoming.column_names
        )
        self._duck.register("incoming", incoming)
        distinct = "DISTINCT " if shared else ""
        self._duck.execute(f'CREATE TABLE "{name}" AS SELECT {distinct}{columns} FROM incoming')
        self._duck.unregister("incoming")
        self._made.add(name)


class _Reader(Protocol):
    """How the store is read; the two ways differ only in how rows become Arrow."""

    def rows(self, sql: str) -> list[Any]: ...

    def make_part(self, part: pa.Table) -> None: ...

    def table(self, sql: str) -> pa.Table: ...

    def close(self) -> None: ...


class _FileReader:
    """Reads a store file column-wise through ADBC."""

    def __init__(self, path: str) -> None:
        from adbc_driver_sqlite import dbapi

        self._connection = dbapi.connect(path)

    def rows(self, sql: str) -> list[Any]:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    def make_part(self, part: pa.Table) -> None:
        with self._connection.cursor() as cursor:
            cursor.adbc_ingest("part", part, mode="create", temporary=True)
            cursor.execute("CREATE INDEX temp.part_id ON part (id)")

    def table(self, sql: str) -> pa.Table:
        with self._connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetch_arrow_table()

    def close(self) -> None:
        self._connection.close()


class _MemoryReader:
    """Reads a store in memory through its own connection."""

    def __init__(self, database: Database) -> None:
        self._raw = database.raw_connection()

    def rows(self, sql: str) -> list[Any]:
        cursor = self._raw.cursor()
        return list(cursor.execute(sql).fetchall())

    def make_part(self, part: pa.Table) -> None:
        cursor = self._raw.cursor()
        cursor.execute(f"CREATE TEMP TABLE part ({', '.join(part.column_names)})")
        marks = ", ".join("?" * len(part.column_names))
        rows = list(zip(*(column.to_pylist() for column in part.columns), strict=True))
        cursor.executemany(f"INSERT INTO part VALUES ({marks})", rows)
        # The store has one connection: whoever else gives it back would undo the rows.
        self._raw.commit()

    def table(self, sql: str) -> pa.Table:
        cursor = self._raw.cursor()
        cursor.execute(sql)
        names = [item[0] for item in cursor.description]
        columns = list(zip(*cursor.fetchall(), strict=True)) or [()] * len(names)
        return pa.table(
            {name: pa.array(column) for name, column in zip(names, columns, strict=True)}
        )

    def close(self) -> None:
        self._raw.cursor().execute("DROP TABLE IF EXISTS temp.part")
        self._raw.commit()  # giving the connection back would undo it
        self._raw.close()


def _reader(database: Database) -> _Reader:
    path = database.url.database
    return _FileReader(path) if path else _MemoryReader(database)
