"""A submission: whole zones, single operations, certificate events, from one tool's input."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from trustpath.facts.edits import Key, RecordSet
from trustpath.facts.part import Problem
from trustpath.facts.proposal.event import CertificateEvent


class Action(enum.StrEnum):
    """What an operation does (RFC 2136 2.5, and replacement as provider APIs do it)."""

    ADD = "add"
    """Add the records to the RRset, which keeps what it has; the TTL becomes that given."""
    REMOVE = "remove"
    """Remove these records from the RRset."""
    REMOVE_RRSET = "remove-rrset"
    """Remove the whole RRset."""
    REMOVE_NAME = "remove-name"
    """Remove every RRset at the name; SOA and NS of an apex stay (RFC 2136 3.4.2.3)."""
    REPLACE = "replace"
    """The RRset becomes exactly this."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of an input that does not say what the rest of the zone is.

    ``zone`` None: the closest enclosing zone of the estate. ``type`` is None for REMOVE_NAME only.
    ``rdatas`` are canonical texts. ``where`` names file and line, or the resource. With
    ``keeps_ttl`` the TTL is that of a new RRset only: one that is there keeps its own. ``seen``
    is what whoever made the input saw there: all of the RRset, or for REMOVE these of its records.
    """

    action: Action
    zone: str | None
    name: str
    type: str | None = None
    ttl: int | None = None
    rdatas: tuple[str, ...] = ()
    where: str = ""
    keeps_ttl: bool = False
    seen: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """A condition of an RFC 2136 update (2.4).

    ``kind``: ``rrset-exists``, ``rrset-equals``, ``rrset-absent``, ``name-in-use``,
    ``name-not-in-use``. ``type`` is None for the last two; ``rdatas`` only for ``rrset-equals``.
    ``after`` counts the operations of the submission that come before it is tested: an input may
    hold several update messages, one after the other.
    """

    kind: str
    zone: str | None
    name: str
    type: str | None = None
    rdatas: tuple[str, ...] = ()
    where: str = ""
    after: int = 0


def combined(prerequisites: Iterable[Prerequisite]) -> tuple[Prerequisite, ...]:
    """Put the data of one RRset together: it has to match as a whole (RFC 2136 3.2.3)."""
    found: dict[tuple[str, str, str | None, int], Prerequisite] = {}
    for index, item in enumerate(prerequisites):
        apart = -1 if item.kind == "rrset-equals" else index
        key = (item.kind, item.name, item.type, apart)
        known = found.get(key)
        found[key] = replace(known, rdatas=known.rdatas + item.rdatas) if known else item
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class ZoneVersion:
    """The whole content of a zone as proposed.

    ``base`` is the content that it is to be compared with where the input brings that along (a git
    range); None: the present state of the estate. ``removed`` says that the zone itself goes.

    ``unstated`` are types that this form of input leaves to the server, so that their absence
    removes nothing: ``SOA`` and ``NS`` count at the apex only, all others everywhere. ``left`` are
    RRsets that the input names and leaves to somebody else: they stay as they are. ``baseless``
    says that the input brings a base along which nobody can read.
    """

    apex: str
    content: Mapping[Key, RecordSet]
    base: Mapping[Key, RecordSet] | None = None
    removed: bool = False
    unstated: frozenset[str] = frozenset()
    where: str = ""
    left: frozenset[Key] = frozenset()
    baseless: bool = False


@dataclass(frozen=True, slots=True)
class Submission:
    """Everything that one input proposes.

    ``origin`` says in a few words what was read (``nsupdate script update.txt``). ``problems`` are
    what in the input could not be judged (an unknown resource type, a value known after apply, a
    zone that cannot be read): they leave the outcome unknown and are never passed over.
    ``remarks`` cost nothing and are shown. Input that cannot be read at all raises InputError.

    ``listed`` are the apexes of all zones that a folder has, read or not; None: the input is no
    folder. ``whole`` says that the folder is all there is: zones that it does not have go.
    ``place`` names it. ``starting`` and ``ending`` are zones that come or go with the operations.
    ``unread`` are the zones and files of which nothing could be read; why is among the problems.
    """

    origin: str
    versions: tuple[ZoneVersion, ...] = ()
    operations: tuple[Operation, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    events: tuple[CertificateEvent, ...] = ()
    problems: tuple[Problem, ...] = ()
    remarks: tuple[Problem, ...] = ()
    listed: frozenset[str] | None = None
    whole: bool = False
    place: str = ""
    starting: frozenset[str] = frozenset()
    ending: frozenset[str] = frozenset()
    unread: tuple[str, ...] = ()
