"""The contract of connectors that change records: read, apply all or nothing, ask each server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from trustpath.base.errors import SourceError
from trustpath.facts.edits import Edit, Key, RecordSet, without_serial
from trustpath.facts.proposal import Prerequisite
from trustpath.facts.source import Context


class ConflictError(SourceError):
    """The zone is not what the change was planned from; nothing was changed."""


class RefusedError(SourceError):
    """The server refused the change (policy, TSIG, not authoritative); nothing was changed."""


class UncertainError(SourceError):
    """No answer came after the change was sent: it may or may not have been made."""


@dataclass(frozen=True, slots=True)
class WriterSpec:
    """One entry of ``writers`` in the estate file; ``options`` are its other keys as written.

    ``zones`` are the apexes it may write, empty for all that no other writer names.
    """

    noun: ClassVar[str] = "writer"

    id: str
    kind: str
    zones: tuple[str, ...]
    options: Mapping[str, Any]
    folder: Path
    where: str = ""


@dataclass(frozen=True, slots=True)
class ServerView:
    """What one authoritative server says: content by key, None for an absent RRset.

    What a delegation or a DNAME hides is not in it: nobody is ever answered with that.

    ``problem`` says why nothing came; then ``content`` is empty and means nothing.
    """

    server: str
    serial: int | None
    content: Mapping[Key, RecordSet | None]
    problem: str = ""


class Writer(Protocol):
    """A connector that can change zones."""

    @property
    def spec(self) -> WriterSpec:
        """The description that this writer was built from."""
        ...

    def ready(self, zone: str) -> None:
        """Ask whether the zone could be written now; nothing is.

        Raises SourceError where the server is not reached, does not have the zone or does not take
        the credentials, or a tool is missing; EstateError for a secret that is not there.
        """
        ...

    def current(self, zone: str, keys: Iterable[Key]) -> Mapping[Key, RecordSet | None]:
        """Return what the primary holds for these RRsets; raises SourceError.

        What a delegation or a DNAME hides is left out where the primary does not show it.
        """
        ...

    def apply(
        self, zone: str, edits: Sequence[Edit], requires: Sequence[Prerequisite] = ()
    ) -> None:
        """Make the edits of one zone, all or nothing, if each RRset is still its ``before``.

        ``requires`` are conditions on other RRsets of the zone, which have to hold too.

        Raises ConflictError, RefusedError or UncertainError.
        """
        ...

    def observe(self, zone: str, keys: Iterable[Key]) -> Sequence[ServerView]:
        """Ask every authoritative server of the zone directly, without caches."""
        ...

    def served(self, zone: str, keys: Iterable[Key]) -> Sequence[ServerView]:
        """Ask all of them as a resolver does: what wildcards give counts as being there.

        A server that points to a child zone, which alone could answer, has that as its problem.
        """
        ...


class WriterFactory(Protocol):
    """How the composition root makes a writer of one kind; raises EstateError on bad options."""

    def __call__(self, spec: WriterSpec, context: Context) -> Writer:
        """Build the writer without touching the outside."""
        ...


def agrees(rdtype: str, found: RecordSet | None, wanted: RecordSet | None) -> bool:
    """Say whether the content of an RRset is what was wanted.

    The serial of a SOA is left out: the server moves it with every change (RFC 2136 3.6).
    """
    if rdtype != "SOA" or found is None or wanted is None:
        return found == wanted
    return without_serial(found) == without_serial(wanted)
