"""The evidence log in the store: one transaction with the act, nothing half written, nothing lost."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine as Database
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from trustpath.base.errors import StoreError
from trustpath.ledger import tree
from trustpath.ledger.verify import Mismatch
from trustpath.store.database import open_store
from trustpath.store.ledger import Checkpoint, Ledger, append, transaction
from trustpath.store.tables import PART

ENTRIES = [b'{"event":%d}' % number for number in range(100)]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return open_store(f"sqlite:///{tmp_path / 'store.db'}")


def add(database: Database, entries: Sequence[bytes]) -> range:
    with transaction(database) as connection:
        return append(connection, entries)


def content(database: Database) -> tuple[list[bytes], list[bytes]]:
    with Ledger(database).reading() as log:
        return list(log.entries()), list(log.tree())


def whole(entries: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    return list(entries), list(tree.grow(0, [], entries))


def test_entries_get_their_places_in_order(database: Database) -> None:
    assert add(database, ENTRIES[:7]) == range(7)
    assert add(database, []) == range(7, 7)
    assert add(database, ENTRIES[7:10]) == range(7, 10)
    assert content(database) == whole(ENTRIES[:10])


@settings(max_examples=20)
@given(st.lists(st.integers(0, 9), max_size=12))
def test_the_tree_is_the_same_in_whatever_batches(batches: list[int]) -> None:
    database = open_store(None)
    done = 0
    for number in batches:
        add(database, ENTRIES[done : done + number])
        done += number
    assert content(database) == whole(ENTRIES[:done])
    database.dispose()


def test_a_store_that_is_opened_again_goes_on(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    for start in range(0, 60, 20):
        database = open_store(url)
        add(database, ENTRIES[start : start + 20])
        database.dispose()
    assert content(open_store(url)) == whole(ENTRIES[:60])


def test_an_append_reads_the_frontier_and_nothing_else(database: Database) -> None:
    add(database, ENTRIES[:64])
    with transaction(database) as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        # All below the one peak may be gone: it is not read.
        raw.execute("DELETE FROM ledger_node WHERE position < ?", (tree.nodes_in(64) - 1,))
        append(raw, ENTRIES[64:66])
        assert raw.execute("SELECT COUNT(*) FROM ledger_node").fetchone() == (4,)
        raw.rollback()


def test_the_act_and_its_entry_stand_or_fall_together(database: Database) -> None:
    def act(*, rows: int, fails: bool = False) -> None:
        row = {"source": "a", "kind": "b", "name": "c", "view": ""}
        with transaction(database) as connection:
            append(connection, ENTRIES[:3])
            connection.execute(insert(PART), [row] * rows)
            if fails:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        act(rows=1, fails=True)
    assert content(database) == ([], [])
    with pytest.raises(IntegrityError):
        act(rows=2)
    assert content(database) == ([], [])
    act(rows=1)
    assert content(database) == whole(ENTRIES[:3])


def test_no_entry_outside_a_transaction(database: Database) -> None:
    with database.connect() as connection, pytest.raises(StoreError, match="inside the transac"):
        append(connection, ENTRIES[:1])
    assert content(database) == ([], [])


def test_no_entry_where_a_commit_does_not_wait_for_the_disk(database: Database) -> None:
    with database.connect() as connection:
        connection.exec_driver_sql("PRAGMA synchronous=NORMAL")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="on disk"):
            append(connection, ENTRIES[:1])
    assert content(database) == ([], [])


def test_a_tree_that_does_not_fit_its_entries_is_not_appended_to(database: Database) -> None:
    add(database, ENTRIES[:9])

    def tampered(statement: str) -> None:
        with transaction(database) as connection:
            connection.exec_driver_sql(statement)
            append(connection, ENTRIES[9:10])

    for statement in (
        'DELETE FROM ledger_entry WHERE "index" = 8',
        "DELETE FROM ledger_node WHERE position = (SELECT MAX(position) FROM ledger_node)",
        f"DELETE FROM ledger_node WHERE position = {tree.position((3, 0))}",
    ):
        with pytest.raises(StoreError) as caught:
            tampered(statement)
        assert "verify" in caught.value.hint
    assert content(database) == whole(ENTRIES[:9])


def test_writers_at_the_same_time_take_turns(database: Database) -> None:
    places: list[int] = []

    def write(first: int) -> None:
        for number in range(first, first + 10):
            places.extend(add(database, [ENTRIES[number]]))

    threads = [threading.Thread(target=write, args=(first,)) for first in range(0, 40, 10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(places) == list(range(40))
    entries, nodes = content(database)
    assert sorted(entries) == sorted(ENTRIES[:40])
    assert nodes == whole(entries)[1]


def test_a_reader_sees_one_state(database: Database) -> None:
    add(database, ENTRIES[:5])
    with Ledger(database).reading() as log:
        assert log.size() == 5
        add(database, ENTRIES[5:9])
        assert log.size() == 5
        assert list(log.entries(3)) == ENTRIES[3:5]
    assert len(content(database)[0]) == 9


def test_gaps_are_named(database: Database) -> None:
    add(database, ENTRIES[:9])
    with database.begin() as connection:
        connection.exec_driver_sql('DELETE FROM ledger_entry WHERE "index" = 4')
        connection.exec_driver_sql("DELETE FROM ledger_node WHERE position = 5")
    with Ledger(database).reading() as log:
        with pytest.raises(Mismatch, match="entry 4: missing"):
            list(log.entries())
        with pytest.raises(Mismatch, match="tree node 5: missing"):
            list(log.tree())
        with pytest.raises(StoreError, match="lacks a node"):
            log.nodes([(0, 0), (1, 1)])
    for value in ("x''", "'text'", "7"):
        with database.begin() as connection:
            connection.exec_driver_sql(f"UPDATE ledger_node SET hash = {value} WHERE position = 0")
        with Ledger(database).reading() as log, pytest.raises(StoreError, match="lacks a node"):
            log.nodes([(0, 0), (0, 1)])


def test_a_reader_gives_the_same_hash_again(database: Database) -> None:
    """Upper levels are read once; what is asked again, and in another order, is the same."""
    entries = [b"%d" % number for number in range(2100)]
    add(database, entries)
    nodes = whole(entries)[1]
    wanted = [(11, 0), (0, 2099), (10, 1), (3, 4), (10, 0)]
    with Ledger(database).reading() as log:
        for asked in (wanted, wanted[::-1], wanted[2:], []):
            assert log.nodes(asked) == [nodes[tree.position(node)] for node in asked]


def test_checkpoints_are_kept_in_order(database: Database) -> None:
    log = Ledger(database)
    log.add_checkpoint(9, "nine", 200)
    log.add_checkpoint(5, "five", 100)
    log.published(5, 150)
    log.add_checkpoint(9, "nine again", 300)
    with log.reading() as reader:
        assert reader.checkpoints() == [
            Checkpoint(5, "five", 100, 150),
            Checkpoint(9, "nine again", 300, None),
        ]
