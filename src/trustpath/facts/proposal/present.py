"""The present state that a proposal is compared with, and what it comes to there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.part import Problem
from trustpath.facts.proposal.operate import Reader
from trustpath.facts.proposal.submission import Prerequisite


@dataclass(frozen=True, slots=True)
class HeldZone:
    """A zone as one source of the estate has it.

    ``whole``: all of it is known; False: some of it could not be read; None: nothing could.
    """

    apex: str
    source: str
    kind: str
    whole: bool | None


class Present(Reader, Protocol):
    """The present state, as far as the estate holds it. Names and apexes are canonical."""

    def zone_of(self, name: str) -> str | None:
        """Return the apex of the closest zone of the estate that encloses the name.

        None where there is none. Raises InputError where several zones of that apex differ (two
        views, two sources) and none can be preferred.
        """
        ...

    def zone_content(self, zone: str) -> Mapping[Key, RecordSet]:
        """Return all RRsets of a zone that are known."""
        ...

    def zones(self) -> Sequence[HeldZone]:
        """Return the zones of the estate, one for each source that has it."""
        ...


@dataclass(frozen=True, slots=True)
class Changes:
    """What a submission comes to.

    ``edits`` are ordered by zone, name and type, one for each RRset. ``problems`` leave the
    outcome unknown; ``remarks`` name what has no effect, and why. ``prerequisites`` are what still
    has to hold when the edits are made, beyond what each of them starts from. ``mended`` are zones
    of which nothing could be read before: what is wrong in them may be older than the edits.
    ``unread`` are zones and files of the input of which nothing was read, so nothing is judged.
    """

    edits: tuple[Edit, ...] = ()
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    mended: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()
