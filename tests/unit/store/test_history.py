"""What only a store can say: first sight and end, one row for what two describe, what went wrong."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine as Database

from trustpath.base.errors import StoreError
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.records import zone_facts
from trustpath.facts.relations import Fact
from trustpath.facts.relations.declaration import Service, ServiceName
from trustpath.store.database import open_store
from trustpath.store.memory import Store
from trustpath.store.record import Recorder
from trustpath.store.snapshot import Snapshot
from trustpath.store.sqlite_judge import SqliteJudge

DAY = 86_400
T1, T2, T3 = 10 * DAY, 11 * DAY, 12 * DAY
PROBLEM = Problem("no answer", "192.0.2.53", "start the server")


@pytest.fixture(params=["memory", "file"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """A new store, in memory and in a file: nothing may depend on which."""
    return open_store(None if request.param == "memory" else f"sqlite:///{tmp_path / 'store.db'}")


def zone(apex: str, *hosts: str, full: bool = True) -> tuple[Fact, ...]:
    """Return the rows of a zone with one address a host."""
    rrsets = [(f"{host}.{apex}", "A", 300, ["192.0.2.1"]) for host in hosts]
    return tuple(zone_facts(apex, rrsets, full=full))


def part(
    name: str,
    facts: tuple[Fact, ...] = (),
    *,
    at: int = T1,
    coverage: Coverage = Coverage.FULL,
) -> Part:
    """Return a part; one without coverage says why."""
    problems = () if coverage is Coverage.FULL else (PROBLEM,)
    return Part(name, Grade.AUTHORITATIVE, coverage, at, facts, problems)


def record(
    database: Database, source: str, *parts: Part, at: int, failed: Problem | None = None
) -> None:
    """Record what a source gave."""
    with Recorder(database, source, "zonefile", at) as recorder:
        for one in parts:
            recorder.write(one)
        recorder.finish(failed=failed)


def ask(
    database: Database,
    sql: str,
    *,
    now: int = T3,
    as_of: int | None = None,
    freshness: dict[str, int | None] | None = None,
) -> list[Any]:
    """Return the rows of a SELECT over the state as of an instant."""
    limits = {"files": None, "server": None, "estate": None} if freshness is None else freshness
    with SqliteJudge(database, Snapshot(now, now if as_of is None else as_of, limits)) as judge:
        return sorted(judge.query(sql))


NAMES = "SELECT name FROM rrset"


def test_history_knows_first_sight_and_end(database: Database) -> None:
    record(database, "files", part("a.example", zone("a.example", "www", "old")), at=T1)
    record(database, "files", part("a.example", zone("a.example", "www"), at=T2), at=T2)
    sql = "SELECT name, first_seen, gone_at FROM rrset_history"
    assert ask(database, sql) == [("old.a.example", T1, T2), ("www.a.example", T1, None)]
    assert ask(database, sql, as_of=T1) == [
        ("old.a.example", T1, None),
        ("www.a.example", T1, None),
    ]


def test_a_row_that_comes_back_is_seen_since_the_first_time(database: Database) -> None:
    for at, hosts in ((T1, ("www",)), (T2, ()), (T3, ("www",))):
        record(database, "files", part("a.example", zone("a.example", *hosts), at=at), at=at)
    sql = "SELECT name, first_seen, gone_at FROM rrset_history"
    assert ask(database, sql) == [("www.a.example", T1, None)]
    assert ask(database, sql, as_of=T2) == [("www.a.example", T1, T2)]


def test_the_same_fact_twice_in_a_part_is_one_row_at_every_collection(database: Database) -> None:
    rows = zone("a.example", "www")
    for at in (T1, T2, T3):
        record(database, "files", part("a.example", (*rows, *rows), at=at), at=at)
    connection = database.raw_connection()
    cursor = connection.cursor()
    cursor.execute("SELECT valid_from, valid_to FROM fact_rrset")
    assert cursor.fetchall() == [(T1, None)]
    connection.close()


def test_sources_do_not_touch_each_other(database: Database) -> None:
    record(database, "files", part("a.example", zone("a.example", "www")), at=T1)
    record(database, "server", part("b.example", zone("b.example", "www"), at=T2), at=T2)
    record(database, "server", at=T3)
    assert ask(database, NAMES) == [("www.a.example",)]


def service(name: str, owner: str | None, tier: str, **more: Any) -> Service:
    """Return a service row."""
    given = {"environment": None, "state": "active", "retired_at": None, "critical": False}
    return Service(id=name, owner=owner, tier=tier, attested_at=None, **{**given, **more})


def test_a_service_that_two_describe_is_one_and_the_estate_file_counts(database: Database) -> None:
    claim = ServiceName("shop", "shop.example.com", "shop.example.com", False)
    with Recorder(database, "files", "backstage", T1) as recorder:
        rows = (service("shop", "web", "internal", environment="prod"), claim)
        recorder.write(part("catalogue", rows))
        recorder.finish()
    with Recorder(database, "estate", "estate", T1) as recorder:
        recorder.write(part("estate", (service("shop", None, "public", critical=True), claim)))
        recorder.finish()
    sql = "SELECT id, owner, tier, environment, critical FROM service"
    assert ask(database, sql) == [("shop", "web", "public", "prod", 1)]
    assert ask(database, "SELECT name, service FROM service_name") == [("shop.example.com", "shop")]
    assert ask(database, sql, freshness={"estate": None}) == [("shop", None, "public", None, 1)]


def test_rules_cannot_write_or_reach_files(database: Database, tmp_path: Path) -> None:
    from trustpath.base.errors import RuleError
    from trustpath.store.duckdb_judge import DuckdbJudge

    snapshot = Snapshot(T3, T3, {})
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with SqliteJudge(database, snapshot) as small:
        for sql in ("DELETE FROM fact_rrset", "ATTACH ':memory:' AS other", "DROP TABLE part"):
            with pytest.raises(RuleError):
                small.ask(sql)
    with DuckdbJudge(database, snapshot) as large:
        reading = (
            f"SELECT a AS subject, 'public' AS tier, NULL AS owner, TRUE AS holds FROM '{secret}'"
        )
        with pytest.raises(RuleError):
            large.ask(reading)


def test_problems_are_those_of_the_last_collection(database: Database) -> None:
    store = Store(database)
    record(database, "files", part("a.example", coverage=Coverage.NONE), at=T1)
    assert store.problems(T1) == [("files", "a.example", "none", (PROBLEM,))]
    record(database, "files", part("a.example", zone("a.example", "www"), at=T2), at=T2)
    assert store.problems(T2) == []
    assert store.problems(T1) == [("files", "a.example", "none", (PROBLEM,))]
    record(database, "files", at=T3, failed=PROBLEM)
    assert store.problems(T3) == [("files", "", "none", (PROBLEM,))]


def test_a_locked_store_says_where(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    database = open_store(f"sqlite:///{path}")
    other = sqlite3.connect(path)
    other.execute("BEGIN IMMEDIATE")
    try:
        with Recorder(database, "files", "zonefile", T1) as recorder:
            recorder._cursor.execute("PRAGMA busy_timeout=0")
            with pytest.raises(StoreError) as caught:
                recorder.write(part("a.example", zone("a.example", "www")))
        assert "locked" in str(caught.value)
        assert "files/a.example" in str(caught.value)
    finally:
        other.close()
