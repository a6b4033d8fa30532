"""Exceptions that were granted, as a source: apart from changes, for every session asks for it."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine as Database

from trustpath.base.clock import Clock
from trustpath.facts.source import Source
from trustpath.store.exception import grants


def granted(database: Database, clock: Clock, folder: Path) -> tuple[Source, ...]:
    """Return the source of granted exceptions, once there ever was one."""
    if not grants(database):
        return ()
    from trustpath.store.change import ChangeStore
    from trustpath.workflow.exception import GrantSource

    return (GrantSource(ChangeStore(database), clock, folder),)
