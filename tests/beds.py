"""A place to record worlds at several moments, to take sources away from, and to judge again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine as Database

from trustpath.facts import schema
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.relations import Fact
from trustpath.rules.judge import Engine
from trustpath.store.database import open_store
from trustpath.store.duckdb_judge import DuckdbJudge
from trustpath.store.record import Recorder
from trustpath.store.snapshot import Snapshot
from trustpath.store.sqlite_judge import SqliteJudge
from trustpath.workflow.vectors.values import row
from trustpath.workflow.vectors.world import parts_of

DECLARED = "estate"
"""The source that cannot fail: what the estate file says is there or the run does not begin."""

OWNERS = "people"
"""Owners from elsewhere, as a Backstage catalogue or a table gives them: this one can fail."""

_KINDS = {"zones": "zonefile", "copy": "axfr", "partial": "axfr", OWNERS: "backstage"}
_OF_OWNERS = frozenset({"owner", "owner_contact", "ownership"})
_DECLARED_REVOCATION = frozenset({"compromised_key", "incident", "revocation_request", "rekey"})
_FAILED = Problem("it did not answer", "the world", "none, it is made up")


@dataclass(frozen=True, slots=True)
class Said:
    """One part and the source that gave it."""

    source: str
    part: Part

    @property
    def key(self) -> tuple[str, str]:
        """Return what names the part."""
        return self.source, self.part.name


def said(world: Mapping[str, Any], now: int) -> list[Said]:
    """Return what the sources of a world say, part by part as the connectors would.

    Targets, vantages and logs are parts of their own. Rows written out under ``facts`` go to the
    kind of source that brings them; ``people`` are owners of another source than the estate file.
    """
    plain = {name: content for name, content in world.items() if name != OWNERS}
    found: list[Said] = []
    for source, part in parts_of(plain, now, "world"):
        if source == "facts":
            found += _apart(part, lambda fact: _home(schema.BY_RELATION[type(fact)]))
        elif source == "endpoints":
            found += _split(source, part, lambda fact: f"{_value(fact, 'address')}")
        elif source == "resolve":
            found += _split(source, part, lambda fact: f"{_value(fact, 'vantage')}")
        else:
            found.append(Said(source, part))
    if OWNERS in world:
        facts = [
            row(relation, given, now, OWNERS)
            for relation, rows in world[OWNERS].items()
            for given in rows
        ]
        found.append(Said(OWNERS, _declaration("catalogue", now, facts)))
    return found


def _value(fact: Fact, column: str) -> object:
    return getattr(fact, column)


def _split(source: str, part: Part, place: Callable[[Fact], str]) -> Iterator[Said]:
    grouped: dict[str, list[Fact]] = {}
    for fact in part.facts:
        grouped.setdefault(place(fact), []).append(fact)
    for name, facts in grouped.items():
        yield Said(source, replace(part, name=name, facts=tuple(facts)))
    if not grouped:
        yield Said(source, part)


def _apart(part: Part, home: Callable[[Fact], str]) -> Iterator[Said]:
    grouped: dict[str, list[Fact]] = {}
    for fact in part.facts:
        grouped.setdefault(home(fact), []).append(fact)
    for source, facts in grouped.items():
        grade = Grade.DECLARATION if source in (DECLARED, OWNERS) else part.grade
        yield Said(source, replace(part, name="written out", grade=grade, facts=tuple(facts)))


def _home(table: schema.Table) -> str:
    module = table.relation.__module__.rpartition(".")[2]
    if table.name in _OF_OWNERS:
        return OWNERS
    if table.name in _DECLARED_REVOCATION or table.name.startswith("mail_policy"):
        return DECLARED
    if table.name == "known_log" or module in ("declaration", "automation", "policy"):
        return DECLARED
    return {
        "dns": "zones",
        "certificate": "certificates",
        "revocation": "certificates",
        "presentation": "endpoints",
        "resolution": "resolve",
        "transparency": "ct",
    }[module]


def _declaration(name: str, now: int, facts: Iterable[Fact]) -> Part:
    return Part(name, Grade.DECLARATION, Coverage.FULL, now, tuple(facts))


def kind_of(source: str) -> str:
    """Return the kind of source that a section stands for."""
    return _KINDS.get(source, source)


def silent(one: Said) -> Said:
    """Return the part of a source that failed: nothing but a problem."""
    return Said(
        one.source, replace(one.part, coverage=Coverage.NONE, facts=(), problems=(_FAILED,))
    )


class Bed:
    """A store in memory that is emptied and used again, since making one costs more than a world."""

    _spare: list[Database] = []

    def __init__(self) -> None:
        self.database = self._spare.pop() if self._spare else open_store(None)
        self.sources: set[str] = set()

    def __enter__(self) -> Bed:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_rest: object) -> None:
        if failed is not None:
            return  # what is left in it would only confuse the next one
        connection = self.connection
        connection.rollback()
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        connection.execute("PRAGMA foreign_keys=OFF")
        for (name,) in tables:
            connection.execute(f'DELETE FROM "{name}"')
        connection.commit()
        connection.execute("PRAGMA foreign_keys=ON")
        self._spare.append(self.database)

    @property
    def connection(self) -> sqlite3.Connection:
        """Return the store's one connection."""
        raw = self.database.raw_connection().driver_connection
        assert isinstance(raw, sqlite3.Connection)
        return raw

    def record(
        self, parts: Iterable[Said], now: int, *, raises: frozenset[str] = frozenset()
    ) -> None:
        """Record what sources said at an instant.

        Those in ``raises`` fail as a whole; one that spoke before and says nothing now is empty.
        """
        by_source: dict[str, list[Part]] = {source: [] for source in self.sources | raises}
        for one in parts:
            by_source.setdefault(one.source, []).append(one.part)
        for source, given in by_source.items():
            self.sources.add(source)
            with Recorder(self.database, source, kind_of(source), now) as recorder:
                if source in raises:
                    recorder.finish(failed=_FAILED)
                    continue
                for part in given:
                    recorder.write(replace(part, observed_at=now))
                recorder.finish()

    @contextmanager
    def judging(
        self,
        now: int,
        *,
        as_of: int | None = None,
        freshness: Mapping[str, int | None] | None = None,
        duckdb: bool = False,
    ) -> Iterator[Engine]:
        """Open an engine over the store; without ``freshness`` nothing is ever stale."""
        limits = dict.fromkeys(self.sources) if freshness is None else freshness
        snapshot = Snapshot(now=now, as_of=now if as_of is None else as_of, freshness=limits)
        if duckdb:
            with DuckdbJudge(self.database, snapshot) as large:
                yield large
        else:
            with SqliteJudge(self.database, snapshot) as small:
                yield small

    def intervals(self) -> dict[str, list[tuple[object, ...]]]:
        """Return every stored row of every relation with its interval."""
        found = {}
        for table in schema.TABLES:
            if table.name != "moment":
                rows = self.connection.execute(f"SELECT * FROM fact_{table.name}").fetchall()
                found[table.name] = sorted(rows, key=repr)
        return found
