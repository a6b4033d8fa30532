"""The store as the workflow sees it: write parts, read problems, open an engine."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from sqlalchemy import Engine as Database
from sqlalchemy import text

from trustpath.base.errors import InputError
from trustpath.facts.part import Problem
from trustpath.facts.validation_names import Pattern
from trustpath.rules.judge import Engine
from trustpath.rules.rule import Rule
from trustpath.store.record import Recorder
from trustpath.store.snapshot import Snapshot
from trustpath.store.sqlite_judge import SqliteJudge

if TYPE_CHECKING:  # most sessions judge no change
    from trustpath.store.gate import StoreGate

# Where DuckDB overtakes SQLite on a full sweep, start-up included: bench/check.py shows it.
LARGE = 60_000

_DUCKDB = ("duckdb", "pyarrow", "adbc_driver_sqlite")
"""What the extra of that name brings; without all of it SQLite judges."""

_PROBLEMS = """
SELECT p.source, p.name, c.coverage, c.problems FROM source_part AS p
JOIN (
  SELECT part, coverage, problems, gone,
    ROW_NUMBER() OVER (PARTITION BY part ORDER BY observed_at DESC, rowid DESC) AS place
  FROM collection WHERE observed_at <= :as_of
) AS c ON c.part = p.id AND c.place = 1 AND NOT c.gone
WHERE c.problems <> '[]' ORDER BY p.source, p.name
"""


class Store:
    """An open store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def durable(self) -> bool:
        """Say whether it outlives the session."""
        return bool(self._database.url.database)

    def recorder(self, source: str, kind: str, now: int) -> Recorder:
        """Open a writer for one source."""
        return Recorder(self._database, source, kind, now)

    def problems(self, as_of: int) -> Sequence[tuple[str, str, str, tuple[Problem, ...]]]:
        """Return (source, part, coverage, problems) of the last collection of each part."""
        with self._database.connect() as connection:
            rows = connection.execute(text(_PROBLEMS), {"as_of": as_of}).fetchall()
        return [
            (source, part, coverage, tuple(Problem(*item) for item in json.loads(found)))
            for source, part, coverage, found in rows
        ]

    @contextmanager
    def judging(
        self, now: int, as_of: int, freshness: dict[str, int | None], engine: str
    ) -> Iterator[Engine]:
        """Open an engine over the state as of an instant; raises InputError if it is not here."""
        snapshot = Snapshot(now=now, as_of=as_of, freshness=freshness)
        installed = all(find_spec(name) for name in _DUCKDB)
        if engine == "duckdb" or (engine == "auto" and installed and self._is_large()):
            if not installed:
                raise InputError("DuckDB is not installed", hint="pip install 'trustpath[duckdb]'")
            from trustpath.store.duckdb_judge import DuckdbJudge

            with DuckdbJudge(self._database, snapshot) as large:
                yield large
        else:
            with SqliteJudge(self._database, snapshot) as small:
                yield small

    @contextmanager
    def gating(
        self,
        now: int,
        freshness: dict[str, int | None],
        rules: Sequence[Rule],
        extra: frozenset[str],
        patterns: Sequence[Pattern] = (),
    ) -> Iterator[StoreGate]:
        """Open the present state for judging changes by some rules (``workflow.gate``)."""
        from trustpath.store.gate import StoreGate

        snapshot = Snapshot(now, now, freshness)
        with StoreGate(self._database, snapshot, rules, extra, patterns) as gate:
            yield gate

    def _is_large(self) -> bool:
        with self._database.connect() as connection:
            rows: list[int] = [
                connection.execute(
                    text(f"SELECT COALESCE(MAX(rowid), 0) FROM {table}")
                ).scalar_one()
                for table in ("fact_rrset", "fact_certificate_name", "fact_ct_name")
            ]
        return sum(rows) > LARGE
