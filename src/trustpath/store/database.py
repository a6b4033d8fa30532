"""Opening a store: a file that migrations keep current, or memory."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from trustpath.base.errors import StoreError
from trustpath.store.tables import METADATA

MEMORY = "sqlite://"


def _tune(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.execute("PRAGMA cache_size=-400000")
    cursor.close()


def resolve_url(url: str, folder: Path) -> str:
    """Make the path of a SQLite URL relative to the estate file's folder; raises StoreError."""
    if not url.startswith("sqlite:///"):
        raise StoreError(f"store {url!r} is not supported", hint="write sqlite:///trustpath.db")
    return f"sqlite:///{folder / url.removeprefix('sqlite:///')}"


def open_store(url: str | None) -> Engine:
    """Open the store at a URL, migrated to the newest revision; None is an empty one in memory."""
    if url is None:
        engine = create_engine(MEMORY, poolclass=StaticPool)
        event.listen(engine, "connect", _tune)
        METADATA.create_all(engine, checkfirst=False)
        return engine
    engine = create_engine(url)
    event.listen(engine, "connect", _tune)
    try:
        _migrate(engine)
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        reason = str(error.orig) if isinstance(error, DBAPIError) else str(error)
        raise StoreError(
            f"the store cannot be opened: {reason}",
            where=url,
            hint="check the path and that it is a Trustpath store",
        ) from error
    return engine


def _migrate(engine: Engine) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from alembic.util.exc import CommandError

    config = Config()
    config.set_main_option("script_location", "trustpath:store/migrations")
    head = ScriptDirectory.from_config(config).get_current_head()
    with engine.begin() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        if current == head:
            return
        if (
            current is None
            and connection.execute(
                text("SELECT COUNT(*) FROM sqlite_master WHERE type = 'table'")
            ).scalar_one()
        ):
            raise StoreError(
                "this database holds tables that are not Trustpath's",
                where=str(engine.url),
                hint="name a new file under 'store'",
            )
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            raise StoreError(
                f"this store has revision {current}, which is not known here",
                where=str(engine.url),
                hint="a newer Trustpath wrote it: upgrade, or name a new file under 'store'",
            ) from error
