"""Which part of a list is printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from trustpath.base.errors import InputError

_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Page:
    """``size`` entries of a list (0: all), on page ``number`` from 1."""

    size: int = 0
    number: int = 1

    def __post_init__(self) -> None:
        """Raise InputError for a page that cannot be."""
        if self.size < 0 or self.number < 1:
            raise InputError("not a page", where="--max, --page", hint="--max 100 --page 2")
        if self.number > 1 and not self.size:
            raise InputError("--page needs the size of a page", where="--page", hint="--max 100")

    def of(self, entries: Sequence[_Entry]) -> Iterator[_Entry]:
        """Yield the entries of this page."""
        if not self.size:
            return iter(entries)
        start = self.size * (self.number - 1)
        return islice(entries, start, start + self.size)
