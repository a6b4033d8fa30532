"""Files that arguments and options name."""

from __future__ import annotations

from pathlib import Path

from trustpath.base.errors import InputError
from trustpath.base.files import open_regular


def read_given(path: Path, where: str = "") -> bytes:
    """Return what is in a file; raises InputError for a folder or FIFO, and never waits for one."""
    try:
        with open_regular(path) as file:
            return file.read()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}", where=where) from error
