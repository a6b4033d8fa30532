"""A store file: what migrations make is what the code expects, and foreign files stay untouched."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from trustpath.base.errors import StoreError
from trustpath.store.database import open_store, resolve_url
from trustpath.store.tables import METADATA


def shape(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return every table's columns: name, type, whether it must not be null."""
    with sqlite3.connect(path) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        return {
            name: [tuple(row[1:4]) for row in connection.execute(f"PRAGMA table_info({name})")]
            for (name,) in tables
        }


def test_a_fresh_file_holds_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    database = open_store(f"sqlite:///{tmp_path / 'a.db'}")
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision()
    database.dispose()
    made = shape(tmp_path / "a.db")
    assert made.keys() - {"alembic_version"} == METADATA.tables.keys()
    # Facts are written by position.
    for name, table in METADATA.tables.items():
        assert [column[0] for column in made[name]] == [column.name for column in table.columns]


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    for _ in range(2):
        database = open_store(f"sqlite:///{path}")
        with database.begin() as connection:
            connection.exec_driver_sql(
                "INSERT INTO source_part (source, kind, name, view) "
                "SELECT 'zones', 'zonefile', COUNT(*), '' FROM source_part"
            )
        database.dispose()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT COUNT(*) FROM source_part").fetchone() == (2,)


def test_a_database_of_someone_else_is_refused_and_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE invoices (number INTEGER)")
        connection.execute("INSERT INTO invoices VALUES (7)")
    with pytest.raises(StoreError) as caught:
        open_store(f"sqlite:///{path}")
    assert "theirs.db" in str(caught.value)
    assert caught.value.hint
    assert list(shape(path)) == ["invoices"]


def test_a_file_that_is_no_database_is_refused_and_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes, not a database\n" * 40)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="cannot be opened"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        open_store(f"sqlite:///{tmp_path / 'none' / 'a.db'}")
    assert "none" in str(caught.value)


def test_a_store_of_a_newer_trustpath_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_store(f"sqlite:///{path}").dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="9999") as caught:
        open_store(f"sqlite:///{path}")
    assert "newer" in caught.value.hint


def test_only_sqlite_urls_are_stores(tmp_path: Path) -> None:
    assert resolve_url("sqlite:///a.db", tmp_path) == f"sqlite:///{tmp_path / 'a.db'}"
    with pytest.raises(StoreError, match="not supported"):
        resolve_url("postgresql://db/trustpath", tmp_path)
