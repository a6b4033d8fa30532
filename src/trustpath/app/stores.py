"""Opens the store that an estate names, for what cannot do without one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from trustpath.base.errors import EstateError
from trustpath.store.database import open_store, resolve_url


def require_store(url: str | None, estate: Path, why: str) -> str:
    """Return the store that an estate file names; raises EstateError, saying why, for none."""
    if url is None:
        raise EstateError(
            f"the estate names no store, and {why}",
            where=str(estate),
            hint="write store: sqlite:///trustpath.db",
        )
    return url


def open_named(url: str | None, estate: Path, why: str) -> Engine:
    """Open the store of an estate file; raises EstateError, saying why, where it names none."""
    return open_store(resolve_url(require_store(url, estate, why), estate.parent))
