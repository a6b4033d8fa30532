"""What the store keeps: intervals, vanished parts, failed sources, copies of a zone, staleness."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database

from trustpath.base.errors import SourceError
from trustpath.facts.part import Coverage, Grade, Part, Problem
from trustpath.facts.relations import Fact
from trustpath.facts.relations.dns import Rdata, Zone
from trustpath.store.database import open_store
from trustpath.store.memory import Store
from trustpath.store.record import Recorder

DAY = 86_400
T0 = 1_795_478_400
FAILED = Problem("it did not answer", "zones", "try again")
GRADE = Grade.AUTHORITATIVE


def zone(apex: str, *addresses: str, full: bool = True) -> list[Fact]:
    rows = [
        Rdata(apex, f"www.{apex}", "A", address, None, address, None, None, None)
        for address in addresses
    ]
    return [Zone(apex, "com", apex, full, False, 1, 300), *rows]


def part(
    name: str, at: int, facts: Iterable[Fact], grade: Grade = GRADE, *, view: str = ""
) -> Part:
    return Part(name, grade, Coverage.FULL, at, facts, view=view)


@pytest.fixture(params=["memory", "file"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    opened = open_store(None if request.param == "memory" else f"sqlite:///{tmp_path / 'a.db'}")
    yield opened
    opened.dispose()


def record(
    database: Database, at: int, *parts: Part, source: str = "zones", failed: Problem | None = None
) -> None:
    with Recorder(database, source, "zonefile", at) as recorder:
        for one in parts:
            recorder.write(one)
        recorder.finish(failed=failed)


def addresses(
    database: Database,
    now: int,
    *,
    as_of: int | None = None,
    engine: str = "sqlite",
    **limits: int | None,
) -> set[str]:
    """Return the addresses that count; ``limits`` are the sources and how long each is fresh."""
    moment = now if as_of is None else as_of
    with Store(database).judging(now, moment, limits or {"zones": None}, engine) as judging:
        return {str(row[0]) for row in judging.query("SELECT rdata FROM rdata")}


def test_the_state_as_of_an_instant_is_what_was_said_then(database: Database) -> None:
    record(database, T0, part("a.com", T0, zone("a.com", "192.0.2.1", "192.0.2.2")))
    later = T0 + DAY
    record(database, later, part("a.com", later, zone("a.com", "192.0.2.2", "192.0.2.3")))
    now = T0 + 2 * DAY
    assert addresses(database, now) == {"192.0.2.2", "192.0.2.3"}
    assert addresses(database, now, as_of=later) == {"192.0.2.2", "192.0.2.3"}
    assert addresses(database, now, as_of=later - 1) == {"192.0.2.1", "192.0.2.2"}
    assert addresses(database, now, as_of=T0) == {"192.0.2.1", "192.0.2.2"}
    assert addresses(database, now, as_of=T0 - 1) == set()


def test_what_was_said_again_is_one_interval(database: Database) -> None:
    for day in range(3):
        at = T0 + day * DAY
        record(database, at, part("a.com", at, iter(zone("a.com", "192.0.2.1", "192.0.2.1"))))
    with database.connect() as connection:
        rows = connection.exec_driver_sql("SELECT valid_from, valid_to FROM fact_rdata").fetchall()
    assert [tuple(row) for row in rows] == [(T0, None)]


def test_an_exception_in_the_middle_of_a_source_leaves_nothing_of_it(database: Database) -> None:
    record(database, T0, part("a.com", T0, zone("a.com", "192.0.2.1")))

    def breaks() -> Iterator[Fact]:
        yield from zone("b.com", "192.0.2.9")
        raise SourceError("the file ends in the middle")

    at = T0 + DAY
    changed = part("a.com", at, zone("a.com", "192.0.2.8"))
    with pytest.raises(SourceError):
        record(database, at, changed, part("b.com", at, breaks()))
    assert addresses(database, at) == {"192.0.2.1"}
    with database.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM source_part ORDER BY name").fetchall()
        last = connection.exec_driver_sql("SELECT MAX(observed_at) FROM collection").scalar_one()
    assert [row[0] for row in names] == ["", "a.com"]
    assert last == T0


def test_leaving_without_finish_keeps_nothing(database: Database) -> None:
    with Recorder(database, "zones", "zonefile", T0) as recorder:
        recorder.write(part("a.com", T0, zone("a.com", "192.0.2.1")))
    assert addresses(database, T0) == set()


def test_a_part_that_vanished_ends_and_can_come_back(database: Database) -> None:
    both = [part(name, T0, zone(name, ip)) for name, ip in (("a.com", "1.1.1.1"), ("b.com", "2.2"))]
    record(database, T0, *both)
    for day in (1, 2):
        at = T0 + day * DAY
        record(database, at, part("a.com", at, zone("a.com", "1.1.1.1")))
    at = T0 + 3 * DAY
    assert addresses(database, at) == {"1.1.1.1"}
    assert addresses(database, at, as_of=T0) == {"1.1.1.1", "2.2"}
    with database.connect() as connection:
        gone = connection.exec_driver_sql("SELECT COUNT(*) FROM collection WHERE gone").scalar_one()
    assert gone == 1, "the end is recorded once"
    record(database, at, *(part(p.name, at, zone(p.name, "3.3")) for p in both))
    assert addresses(database, at) == {"3.3"}


def test_a_failing_source_keeps_its_rows_until_they_are_stale(database: Database) -> None:
    record(database, T0, part("a.com", T0, zone("a.com", "192.0.2.1")))
    for day in (1, 2, 3):
        record(database, T0 + day * DAY, failed=FAILED)
    assert addresses(database, T0 + 2 * DAY, zones=2 * DAY) == {"192.0.2.1"}
    assert addresses(database, T0 + 2 * DAY + 1, zones=2 * DAY) == set()
    assert addresses(database, T0 + 900 * DAY, zones=None) == {"192.0.2.1"}
    problems = Store(database).problems(T0 + 3 * DAY)
    assert list(problems) == [("zones", "", "none", (FAILED,))]
    assert list(Store(database).problems(T0)) == []


def test_a_part_that_failed_keeps_its_rows_and_ends_nothing_else(database: Database) -> None:
    record(database, T0, part("a.com", T0, zone("a.com", "1.1")), part("b.com", T0, zone("b.com")))
    at = T0 + DAY
    silent = Part("a.com", GRADE, Coverage.NONE, at, problems=(FAILED,))
    record(database, at, silent, part("b.com", at, zone("b.com", "2.2")))
    assert addresses(database, at) == {"1.1", "2.2"}
    assert addresses(database, at, zones=DAY - 1) == {"2.2"}
    assert [row[1] for row in Store(database).problems(at)] == ["a.com"]


def test_a_source_that_is_no_longer_configured_does_not_count(database: Database) -> None:
    record(database, T0, part("a.com", T0, zone("a.com", "192.0.2.1")))
    assert addresses(database, T0, other=None) == set()


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
def test_of_two_copies_of_a_zone_the_best_counts(database: Database, engine: str) -> None:
    """Whole before partial, then the grade, then the age; each loses its copy when it goes stale."""
    if engine == "duckdb":
        pytest.importorskip("duckdb", reason="DuckDB is not installed")
    best = part("a.com", T0, zone("a.com", "1.1"), Grade.AUTHORITATIVE)
    newer = part("a.com", T0 + DAY, zone("a.com", "2.2"), Grade.TRANSFER)
    partial = part("a.com", T0 + DAY, zone("a.com", "3.3", full=False), Grade.AUTHORITATIVE)
    record(database, T0, best, source="repo")
    record(database, T0 + DAY, newer, source="primary")
    record(database, T0 + DAY, partial, source="snippet")
    now = T0 + DAY
    every = {"repo": None, "primary": None, "snippet": None}

    def seen(**limits: int | None) -> set[str]:
        return addresses(database, now, engine=engine, **limits)

    assert seen(**every) == {"1.1"}
    assert seen(**{**every, "repo": DAY - 1}) == {"2.2"}
    assert seen(snippet=None, primary=None) == {"2.2"}
    assert seen(snippet=None) == {"3.3"}


def test_copies_of_two_views_both_count(database: Database) -> None:
    inside = part("inside", T0, zone("a.com", "10.0.0.1"), view="inside")
    outside = part("outside", T0, zone("a.com", "192.0.2.1"), Grade.TRANSFER, view="outside")
    record(database, T0, inside, outside)
    assert addresses(database, T0) == {"10.0.0.1", "192.0.2.1"}


def test_judging_leaves_nothing_behind(database: Database) -> None:
    record(database, T0, part("a.com", T0, zone("a.com", "192.0.2.1")))
    for _ in range(2):
        assert addresses(database, T0) == {"192.0.2.1"}
    with database.connect() as connection:
        left = connection.exec_driver_sql("SELECT name FROM sqlite_temp_master").fetchall()
    # The planner's statistics table stays, as SQLite lets nobody drop it.
    assert {row[0] for row in left} <= {"sqlite_stat1"}


def test_reading_problems_while_judging_takes_nothing_away(database: Database) -> None:
    """A store in memory has one connection, which both use."""
    pytest.importorskip("duckdb", reason="DuckDB is not installed")
    record(database, T0, part("a.com", T0, zone("a.com", "192.0.2.1")), failed=FAILED)
    store = Store(database)
    for engine in ("sqlite", "duckdb"):
        with store.judging(T0, T0, {"zones": None}, engine) as judging:
            assert store.problems(T0)
            assert judging.query("SELECT rdata FROM rdata") == [("192.0.2.1",)]
