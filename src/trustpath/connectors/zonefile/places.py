"""The lines at which records of some owners stand, for messages about a zone file."""

from __future__ import annotations

import contextlib
from pathlib import Path

from trustpath.connectors.zonefile.limits import DEFAULT_LIMITS, Limits
from trustpath.connectors.zonefile.reader import EnoughError, Reader
from trustpath.facts.records import Record


def places(
    path: Path,
    root: Path,
    origin: str | None,
    owners: frozenset[str],
    limits: Limits = DEFAULT_LIMITS,
) -> dict[str, list[str]]:
    """Return ``file:line`` of each record that these owners have in a master file.

    The file is read once more for that, since it is rarely needed; arguments and errors are those
    of ``read_master_file``.
    """
    reader = Reader(root.resolve(), origin, limits)
    reader.counting = True
    found = reader.reading.records = _Placed(reader, owners)
    reader.check_size(path)
    with contextlib.suppress(EnoughError):
        reader.file(path)
    return found.places


class _Placed(list[Record]):
    """Records that are not kept; where those of some owners stand is."""

    def __init__(self, reader: Reader, owners: frozenset[str]) -> None:
        super().__init__()
        self._reader = reader
        self._owners = owners
        self.places: dict[str, list[str]] = {}

    def append(self, record: Record) -> None:
        """Take note of the line that is being read."""
        if record[0] in self._owners:
            self.places.setdefault(record[0], []).append(self._reader.place())
