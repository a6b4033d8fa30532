"""The parts that count at a snapshot, as a temporary table beside the store's own."""

from __future__ import annotations

import sqlite3

from trustpath.store.snapshot import PART_COLUMNS, PARTS, ZONES, Snapshot, choose

DEFINITION = "id INTEGER PRIMARY KEY, " + ", ".join(
    f"{name} {kind}" for name, kind in PART_COLUMNS[1:]
)
"""The columns of ``part`` in SQLite."""

PartRows = list[tuple[object, ...]]


def lay_parts(connection: sqlite3.Connection, snapshot: Snapshot) -> PartRows:
    """Make the temporary table ``part`` and return its rows; a former one is dropped."""
    parts = connection.execute(PARTS, {"as_of": snapshot.as_of}).fetchall()
    zones = connection.execute(ZONES, {"as_of": snapshot.as_of}).fetchall()
    rows = list(choose(parts, zones, snapshot))
    connection.execute("DROP TABLE IF EXISTS temp.part")
    connection.execute(f"CREATE TEMP TABLE part ({DEFINITION})")
    insert_parts(connection, rows)
    connection.commit()
    return rows


def insert_parts(connection: sqlite3.Connection, rows: PartRows) -> None:
    """Fill a table ``part``."""
    marks = ", ".join("?" * len(PART_COLUMNS))
    connection.executemany(f"INSERT INTO part VALUES ({marks})", rows)


def history_since(connection: sqlite3.Connection, snapshot: Snapshot) -> int:
    """Return the oldest instant of which the store knows anything; now, where it is empty."""
    since = connection.execute("SELECT MIN(observed_at) FROM collection").fetchone()[0]
    return int(since or snapshot.now)
