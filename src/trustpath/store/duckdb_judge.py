"""The DuckDB engine: the same snapshot and the same rule text, for large estates.

Facts travel column-wise: through ADBC from a store file, through Arrow from one in memory. DuckDB
is an optional extra; nothing is downloaded at run time and rule text cannot reach files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence

import duckdb
import pyarrow as pa
from sqlalchemy import Engine as Database

from trustpath.base.errors import RuleError
from trustpath.facts.links import in_order, relations_in
from trustpath.rules.judge import UNKNOWN_LISTED, Answer
from trustpath.rules.value import Value
from trustpath.store.reading import FetchAhead, FileReader, Incoming, fetch, open_reader
from trustpath.store.snapshot import PART_COLUMNS, PARTS, RELATIONS, ZONES, Snapshot, choose

COMPRESS_ABOVE = 1 << 30
"""Octets of tables not yet compressed from which on they are: a fifth remains, which costs a
third more time to judge, and far less than to write them to a disk."""

_ARROW = {"TEXT": pa.string(), "BIGINT": pa.int64(), "BOOLEAN": pa.bool_()}


class DuckdbJudge:
    """Answers rules over one snapshot of a store, in a DuckDB database of its own in memory."""

    def __init__(
        self, database: Database, snapshot: Snapshot, *, memory_limit: str = "2500MB"
    ) -> None:
        self._duck = duckdb.connect(
            config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"}
        )
        # What does not fit into memory is written here: facts, so for nobody else to read.
        self._spill = tempfile.TemporaryDirectory(prefix="trustpath-")
        self._duck.execute(f"SET temp_directory = '{self._spill.name}'")
        self._duck.execute(f"SET memory_limit = '{memory_limit}'")
        # Tables in memory are compressed in an attached database only.
        self._duck.execute("ATTACH ':memory:' AS estate (COMPRESS)")
        self._duck.execute("USE estate")
        self._compressed = 0
        self._duck.execute("SET preserve_insertion_order = false")
        self._duck.execute("SET default_null_order = 'sqlite'")
        self._made: set[str] = set()
        self._as_of = snapshot.as_of
        self._reader = open_reader(database)
        self._ahead: FetchAhead | None = None
        self._coming: Iterator[Incoming] = iter(())
        self._prepare(snapshot)
        self._duck.execute("SET enable_external_access = false")
        self._duck.execute("SET lock_configuration = true")

    def close(self) -> None:
        """Drop everything."""
        if self._ahead is not None:
            self._ahead.close()
        self._reader.close()
        self._duck.close()
        self._spill.cleanup()

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
                self._compress()
        self._facts(names)

    def expect(self, names: frozenset[str]) -> None:
        """Begin to read what the names and the links among them stand on, ahead of need."""
        if not isinstance(self._reader, FileReader) or self._ahead is not None:
            return
        wanted: dict[str, None] = {}
        for group in (*(link.needs for link in in_order(names)), names):
            wanted |= dict.fromkeys(sorted((group & RELATIONS.keys()) - self._made))
        self._ahead = FetchAhead(self._reader, list(wanted), self._as_of)
        self._coming = self._ahead.take()

    def _facts(self, names: frozenset[str]) -> None:
        missing = (names & RELATIONS.keys()) - self._made
        while missing:
            incoming = next(self._coming, None)
            if incoming is None:
                incoming = fetch(self._reader, min(missing), self._as_of)
            types = RELATIONS[incoming.name].types
            self._create(incoming.name, incoming.rows, types, shared=incoming.shared)
            missing -= self._made

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
        self._compress()

    def _compress(self) -> None:
        """Compress the tables that came since the last time, once they take much memory."""
        if self._held() - self._compressed > COMPRESS_ABOVE:
            self._duck.execute("CHECKPOINT estate")
            self._compressed = self._held()

    def _held(self) -> int:
        """Return the octets that tables take."""
        rows = self._duck.execute(
            "SELECT CAST(SUM(memory_usage_bytes) AS BIGINT) FROM duckdb_memory() "
            "WHERE tag = 'IN_MEMORY_TABLE'"
        ).fetchall()
        return int(rows[0][0] or 0)
