"""What the readers of proposals need from the connectors that read zones.

Connectors do not know one another; the composition root hands these in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from trustpath.facts.part import Part, Problem
from trustpath.facts.records import Record


class MasterFile(Protocol):
    """What a master file gave: records in file order, and what could not be read."""

    @property
    def records(self) -> Sequence[Record]:
        """Every record that was read."""
        ...

    @property
    def problems(self) -> Sequence[Problem]:
        """Why others were not."""
        ...

    @property
    def included(self) -> set[Path]:
        """The files that $INCLUDE named."""
        ...


@dataclass(frozen=True, slots=True)
class MasterFiles:
    """The reader of master files (RFC 1035 5).

    ``read`` takes file, folder that confines $INCLUDE, and origin; it raises OSError and
    LimitError. ``apex`` gives the zone that a file name suggests and whether the name follows a
    known pattern.
    """

    read: Callable[[Path, Path, str | None], MasterFile]
    apex: Callable[[str], tuple[str | None, bool]]


class ZoneFolder(Protocol):
    """The reader of an octoDNS folder, one of its zone files, or its configuration."""

    def __call__(self, path: Path) -> Iterable[Part]:
        """Yield one part a zone; raises SourceError when there is none."""
        ...
