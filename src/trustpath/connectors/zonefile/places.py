"""Where records stand in a master file: a second reading, for the few of which somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from trustpath.base.errors import LimitError
from trustpath.connectors.zonefile.limits import Limits
from trustpath.connectors.zonefile.reader import Reader
from trustpath.connectors.zonefile.text import Numbered
from trustpath.facts.records import Record

Key = tuple[str, str]


class Places:
    """File and line of the records of a master file.

    The file is read once more when it is asked for the first time, since few records are asked
    for. What cannot be read any more has no place.
    """

    def __init__(self, path: Path, root: Path, origin: str | None, limits: Limits) -> None:
        self._path, self._root = path, root
        self._origin, self._limits = origin, limits

    def first(self, name: str, rdtype: str) -> str | None:
        """Return ``file:line`` of the first record of a name and type."""
        return next(iter(self._found.get((name, rdtype), ())), None)

    def of(self, owners: frozenset[str]) -> dict[str, list[str]]:
        """Return ``file:line`` of every record of these owners, in file order of each type."""
        found: dict[str, list[str]] = {}
        for (name, _rdtype), places in self._found.items():
            if name in owners:
                found.setdefault(name, []).extend(places)
        return found

    @cached_property
    def _found(self) -> dict[Key, list[str]]:
        reader = _Placing(self._root.resolve(), self._origin, self._limits)
        try:
            reader.read(self._path)
        except (OSError, LimitError):
            return {}
        return reader.places


class _Records(list[Record]):
    """A list of records that tells of each that is added."""

    def __init__(self, added: Callable[[Record], None]) -> None:
        super().__init__()
        self._added = added

    def append(self, record: Record) -> None:
        """Add a record."""
        super().append(record)
        self._added(record)


class _Placing(Reader):
    """Reads as always and notes at which line each record began."""

    def __init__(self, root: Path, origin: str | None, limits: Limits) -> None:
        super().__init__(root, origin, limits)
        self.places: dict[Key, list[str]] = {}
        self.reading.records = _Records(self._note_place)
        self._line = 0
        self._first: int | None = None

    def _note_place(self, record: Record) -> None:
        line = self._line if self._first is None else self._first
        try:
            file = self._path.resolve().relative_to(self._root)
        except ValueError:
            file = Path(self._path.name)
        self.places.setdefault(record[:2], []).append(f"{file}:{line}")

    def _lines(self, numbered: Numbered) -> None:
        # A file that a line includes counts its own lines.
        outer, self._first = (self._line, self._first), None
        super()._lines(self._counted(numbered))
        self._line, self._first = outer

    def _counted(self, numbered: Numbered) -> Iterator[tuple[int, str]]:
        for number, line in numbered:
            self._line = number
            yield number, line

    def _careful(self, line: str, number: int, numbered: Numbered) -> None:
        # A record that goes on over lines stands where it begins.
        outer, self._first = self._first, number
        super()._careful(line, number, numbered)
        self._first = outer
