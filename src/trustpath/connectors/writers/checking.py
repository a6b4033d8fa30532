"""What is checked of the edits of one zone before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from trustpath.base.errors import InputError, SourceError
from trustpath.facts.edits import MAX_TTL, Edit, Key, RecordSet
from trustpath.facts.records import canonical_rdata
from trustpath.facts.writer import ConflictError, RefusedError, UncertainError, agrees

# A day's worth of a serial by date; a larger step is a change of scheme or of day.
_STEPS: Final = 100
_MADE_BY_SIGNERS: Final = frozenset({"RRSIG", "NSEC", "NSEC3", "NSEC3PARAM"})


def sendable(zone: str, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Return what has to be sent: all but edits of nothing but the serial of the SOA.

    Raises RefusedError for an edit that no server would take: nothing was sent.
    """
    seen: set[Key] = set()
    for edit in edits:
        problem = _problem(zone, edit)
        if edit.key in seen:
            problem = "is edited twice"
        seen.add(edit.key)
        if problem:
            raise RefusedError(problem, where=f"{edit.name or '.'} {edit.type}")
    _alone(edits)
    return tuple(edit for edit in edits if not agrees(edit.type, edit.before, edit.after))


def _alone(edits: Sequence[Edit]) -> None:
    """Raise RefusedError for a CNAME that is to stand beside other data (RFC 1034 3.6.2)."""
    standing = [edit for edit in edits if edit.after is not None]
    aliases = {edit.name for edit in standing if edit.type == "CNAME"}
    for edit in standing:
        if edit.type != "CNAME" and edit.name in aliases:
            raise RefusedError(
                "there is to be a CNAME at this name, which stands alone",
                where=f"{edit.name or '.'} {edit.type}",
            )


def _problem(zone: str, edit: Edit) -> str:
    return _misplaced(zone, edit) or _impossible(zone, edit) or _unreadable(edit)


def _misplaced(zone: str, edit: Edit) -> str:
    if edit.zone != zone:
        return f"the edit is one of zone {edit.zone or '.'}, not of {zone or '.'}"
    if zone and edit.name != zone and not edit.name.endswith("." + zone):
        return f"the name is not in zone {zone}"
    if edit.type in _MADE_BY_SIGNERS:
        return "the record is made by whoever signs the zone"
    if edit.type == "SOA" and (edit.name != zone or edit.before is None):
        return "a zone has one SOA, at its apex"
    return ""


def _impossible(zone: str, edit: Edit) -> str:
    after = edit.after
    if after is None:
        gone = edit.name == zone and edit.type in ("SOA", "NS")
        return "a zone keeps its SOA and NS records (RFC 2136 7.13)" if gone else ""
    if after.ttl is None or not 0 <= after.ttl <= MAX_TTL:
        return f"the TTL {after.ttl} is none that DNS has"
    if not after.rdatas:
        return "an RRset has at least one record"
    if edit.type in ("SOA", "CNAME", "DNAME") and len(after.rdatas) > 1:
        return "there can be one such record only"
    return ""


def _unreadable(edit: Edit) -> str:
    for text in (*edit.added, *edit.removed):
        try:
            written = canonical_rdata(edit.type, text, "")
        except InputError as error:
            return str(error)
        if written != text:
            return f"{text!r:.80} is not in canonical form"
    return ""


def compare(edits: Iterable[Edit], found: Mapping[Key, RecordSet | None]) -> None:
    """Raise ConflictError for the first RRset that is not what its edit starts from."""
    for edit in edits:
        if edit.key in found and not agrees(edit.type, found[edit.key], edit.before):
            raise conflict(edit, found[edit.key])


@contextmanager
def seeing(where: str) -> Iterator[None]:
    """Make an error of looking at what was changed an UncertainError: something was sent."""
    try:
        yield
    except SourceError as error:
        raise UncertainError(
            f"the change was made, and cannot be seen: {error.message}",
            where=where,
            hint=error.hint,
        ) from error


def undisturbed(
    where: str,
    wanted: Mapping[Key, RecordSet | None],
    seen: Mapping[Key, RecordSet | None],
    steps: int | None,
) -> None:
    """Raise UncertainError where what is seen after a change tells of changes by others.

    ``steps`` is how far the serial moved between the looks before and after, None where that tells
    nothing. More than one step, and fewer than a serial by date or time makes, are others' changes.
    """
    for key, content in wanted.items():
        if key in seen and not agrees(key[1], seen[key], content):
            raise UncertainError(
                f"the change was made, and right afterwards the RRset is {_shown(seen[key])}",
                where=f"{key[0] or '.'} {key[1]}",
                hint="somebody else changes it at the same time: look at it",
            )
    if steps is not None and 1 < steps < _STEPS:
        raise UncertainError(
            f"{steps - 1} other changes came between comparing and writing",
            where=where,
            hint="the change was made; look whether one of the others was overwritten",
        )


def conflict(edit: Edit, found: RecordSet | None) -> ConflictError:
    """Return the error for an RRset that somebody else changed."""
    return ConflictError(
        f"the RRset is {_shown(found)}, planned from {_shown(edit.before)}",
        where=f"{edit.name or '.'} {edit.type}",
        hint="nothing was changed; plan again from the present state",
    )


def _shown(content: RecordSet | None) -> str:
    if content is None:
        return "not there"
    text = ", ".join(content.rdatas)
    return f"{content.ttl} {text if len(text) <= 200 else text[:197] + '...'}"
