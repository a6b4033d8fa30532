"""The SQLite engine: temporary tables of the snapshot beside the store, links made on demand."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Engine as Database

from trustpath.base.errors import RuleError
from trustpath.facts.links import in_order, relations_in
from trustpath.rules.judge import UNKNOWN_LISTED, Answer
from trustpath.rules.value import Value
from trustpath.store.parts import history_since, lay_parts
from trustpath.store.snapshot import RELATIONS, Snapshot

_READING = frozenset(
    (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
)


def only_reading(action: int, *_rest: object) -> int:
    """Allow a statement to read and nothing else (an SQLite authorizer)."""
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


class SqliteJudge:
    """Answers rules over one snapshot of a store, in the store's own connection.

    Everything it makes is temporary; rule text runs under an authorizer that allows reading only.
    """

    def __init__(self, database: Database, snapshot: Snapshot) -> None:
        self._raw = database.raw_connection()
        connection = self._raw.driver_connection
        assert isinstance(connection, sqlite3.Connection)  # noqa: S101  the URL was checked
        self._connection = connection
        self._made: set[str] = set()
        self._as_of = snapshot.as_of
        self._prepare(snapshot)

    def close(self) -> None:
        """Drop the temporary tables and give the connection back."""
        for name in self._temporary():
            self._connection.execute(f'DROP TABLE temp."{name}"')
        self._raw.close()

    def __enter__(self) -> SqliteJudge:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def ask(self, sql: str, *, passes: bool = False, unknowns: int = UNKNOWN_LISTED) -> Answer:
        """Run the SELECT of a rule; raises RuleError with SQLite's message."""
        cursor = self._connection.cursor()
        try:
            self.need(relations_in(sql))
            self._connection.set_authorizer(only_reading)
            cursor.execute(sql)
            columns = tuple(str(item[0]) for item in cursor.description)
            for name in ("tier", "holds"):
                if name not in columns:
                    raise RuleError(f"the SELECT lacks the required column {name}")
            at_holds, at_tier = columns.index("holds"), columns.index("tier")
            counts: Counter[tuple[str, bool | None]] = Counter()
            rows = []
            for row in cursor:
                holds = None if row[at_holds] is None else bool(row[at_holds])
                counts[row[at_tier], holds] += 1
                if holds is False or (passes and holds):
                    rows.append(row)
                elif holds is None and unknowns > 0:
                    unknowns -= 1
                    rows.append(row)
        except sqlite3.Error as error:
            raise RuleError(f"SQLite refuses the SELECT: {error}") from error
        finally:
            # A SELECT left half read would lock the tables that are dropped at the end.
            cursor.close()
            self._connection.set_authorizer(None)
        return Answer(columns, counts, rows)

    def expect(self, names: frozenset[str]) -> None:
        """Do nothing: facts are read where they lie."""

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run any SELECT over facts and links."""
        self.need(relations_in(sql))
        return self._connection.execute(sql, parameters).fetchall()

    def need(self, names: frozenset[str]) -> None:
        """Make the facts and links among the names, and everything that they stand on."""
        for link in in_order(names - self._made):
            if link.name not in self._made:
                self._facts(link.needs)
                self._make(link.name, link.sql, link.indexes)
        self._facts(names)

    def _facts(self, names: frozenset[str]) -> None:
        for name in sorted((names & RELATIONS.keys()) - self._made):
            relation = RELATIONS[name]
            select = relation.select(self._as_of)
            if relation.shared:
                select = select.replace("SELECT", "SELECT DISTINCT", 1)
            self._make(name, select, relation.indexes)

    def _make(self, name: str, sql: str, indexes: Sequence[Sequence[str]]) -> None:
        self._connection.execute(f'CREATE TEMP TABLE "{name}" AS {sql}')
        for number, columns in enumerate(indexes):
            listed = ", ".join(f'"{column}"' for column in columns)
            self._connection.execute(
                f'CREATE INDEX temp."ix_{name}_{number}" ON "{name}" ({listed})'
            )
        self._connection.execute(f'ANALYZE temp."{name}"')
        self._made.add(name)

    def _prepare(self, snapshot: Snapshot) -> None:
        connection = self._connection
        lay_parts(connection, snapshot)
        connection.execute(
            "CREATE TEMP TABLE moment (now BIGINT, as_of BIGINT, history_since BIGINT)"
        )
        connection.execute(
            "INSERT INTO moment VALUES (?, ?, ?)",
            (snapshot.now, snapshot.as_of, history_since(connection, snapshot)),
        )
        self._made |= {"part", "moment"}
        connection.commit()

    def _temporary(self) -> list[str]:
        rows = self._connection.execute("SELECT name FROM sqlite_temp_master WHERE type = 'table'")
        return [str(row[0]) for row in rows if not str(row[0]).startswith("sqlite_")]
