"""Edits: what a change does to RRsets, as values that can be compared, applied and undone.

``overlay(a, diff(zone, a, b)) == b`` and ``overlay(b, inverted(diff(zone, a, b))) == a``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from trustpath.base.errors import InputError

Key = tuple[str, str]
"""Owner name and type of an RRset within a zone."""

APEX_TYPES: Final = ("SOA", "NS")
"""The types that every zone has at its apex (RFC 1035 5.2, RFC 2181 6.1)."""

MAX_TTL: Final = 0x7FFFFFFF
"""The largest TTL, in seconds (RFC 2181 8)."""


class RecordSet(NamedTuple):
    """The content of one RRset: its TTL in seconds and its canonical rdata texts, sorted.

    ``ttl`` is None where the source cannot tell (an ALIAS of a provider, say).
    """

    ttl: int | None
    rdatas: tuple[str, ...]


_STAYS: Final = RecordSet(None, ())


def record_set(ttl: int | None, rdatas: Iterable[str]) -> RecordSet:
    """Return the RRset content with duplicates dropped (RFC 2181 5) and the rest in order."""
    return RecordSet(ttl, tuple(sorted(set(rdatas))))


@dataclass(frozen=True, slots=True)
class Edit:
    """One RRset before and after; None where it does not exist. Never equal on both sides."""

    zone: str
    name: str
    type: str
    before: RecordSet | None
    after: RecordSet | None

    @property
    def key(self) -> Key:
        """Return owner name and type."""
        return (self.name, self.type)

    @property
    def action(self) -> str:
        """Return ``add``, ``remove``, ``change`` or, where only the TTL moves, ``ttl``."""
        if self.before is None:
            return "add"
        if self.after is None:
            return "remove"
        return "ttl" if self.before.rdatas == self.after.rdatas else "change"

    @property
    def added(self) -> tuple[str, ...]:
        """Return the rdata texts that come."""
        before = self.before.rdatas if self.before else ()
        return tuple(r for r in (self.after.rdatas if self.after else ()) if r not in before)

    @property
    def removed(self) -> tuple[str, ...]:
        """Return the rdata texts that go."""
        after = self.after.rdatas if self.after else ()
        return tuple(r for r in (self.before.rdatas if self.before else ()) if r not in after)

    def inverted(self) -> Edit:
        """Return the edit that undoes this one."""
        return Edit(self.zone, self.name, self.type, self.after, self.before)


def diff(
    zone: str, before: Mapping[Key, RecordSet], after: Mapping[Key, RecordSet]
) -> tuple[Edit, ...]:
    """Return the edits that turn one content of a zone into the other, ordered by name and type."""
    edits = [
        Edit(zone, *key, content, after.get(key))
        for key, content in before.items()
        if after.get(key) != content
    ]
    edits += [
        Edit(zone, *key, None, content) for key, content in after.items() if key not in before
    ]
    return tuple(sorted(edits, key=lambda edit: edit.key))


def overlay(content: Mapping[Key, RecordSet], edits: Iterable[Edit]) -> dict[Key, RecordSet]:
    """Return the content of a zone after the edits.

    Raises InputError when the content is not what an edit starts from: the plan is out of date.
    """
    result = dict(content)
    for edit in edits:
        if result.get(edit.key) != edit.before:
            raise InputError(
                "the RRset is not what the change was planned from",
                where=f"{edit.name} {edit.type}",
                hint="plan again from the present state",
            )
        if edit.after is None:
            del result[edit.key]
        else:
            result[edit.key] = edit.after
    return result


def inverted(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Return the compensating edits, last first."""
    return tuple(edit.inverted() for edit in reversed(tuple(edits)))


def ends(zone: str, targets: Mapping[Key, RecordSet | None], left: int = 0) -> bool:
    """Say whether a zone is deleted by what its RRsets become, not merely broken.

    That is where SOA and NS both go, and, since some sources hold one of them only, where nothing
    is left of a zone when one goes. ``left`` counts its RRsets that ``targets`` does not speak of.
    """
    at_apex = {kind for kind in APEX_TYPES if targets.get((zone, kind), _STAYS) is None}
    if len(at_apex) < len(APEX_TYPES) and (left or any(targets.values())):
        return False
    return bool(at_apex)


def only_serial(edit: Edit) -> bool:
    """Say whether nothing but the serial of a SOA moves, as it does with every other change."""
    if edit.type != "SOA" or edit.before is None or edit.after is None:
        return False
    return without_serial(edit.before) == without_serial(edit.after)


def without_serial(content: RecordSet) -> RecordSet:
    """Return the content of a SOA with its serial blank; what is no single SOA as it is."""
    # mname rname serial refresh retry expire minimum (RFC 1035 3.3.13)
    fields = content.rdatas[0].split(" ") if len(content.rdatas) == 1 else []
    if len(fields) != 7:
        return content
    return RecordSet(content.ttl, (" ".join([*fields[:2], "", *fields[3:]]),))
