"""What one part of a source gave: the unit of freshness, coverage and replacement."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

from trustpath.facts.relations import Fact


class Grade(enum.IntEnum):
    """How good evidence is; a higher grade wins (design, section 2)."""

    DECLARATION = 1
    TRANSPARENCY = 2
    OBSERVATION = 3
    TRANSFER = 4
    AUTHORITATIVE = 5


class Coverage(enum.StrEnum):
    """How much of a part arrived."""

    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something did not arrive: what is wrong, where, and the way out.

    ``syntax``: the file breaks the grammar of its format, so whoever applies it refuses all of it.
    """

    message: str
    where: str = ""
    hint: str = ""
    syntax: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.hint})" if self.hint else text


@dataclass(frozen=True, slots=True)
class Part:
    """One zone, file, target, log or resolver of a source, with the facts it gave.

    ``name`` is stable over collections and unique within the source: a later part of that name
    replaces this one. With coverage NONE there are no facts and at least one problem. ``facts``
    may be a one-pass iterable of relation rows; ``view`` names the DNS view or vantage.
    ``left`` are the RRsets, by name and type, that the source names and leaves to somebody else.
    """

    name: str
    grade: Grade
    coverage: Coverage
    observed_at: int
    facts: Iterable[Fact] = ()
    problems: tuple[Problem, ...] = field(default=())
    view: str = ""
    left: frozenset[tuple[str, str]] = frozenset()
