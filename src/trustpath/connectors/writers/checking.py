"""What is checked of the edits of one zone before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from trustpath.base.errors import InputError
from trustpath.facts.edits import MAX_TTL, Edit, Key, RecordSet
from trustpath.facts.records import canonical_rdata
from trustpath.facts.writer import ConflictError, RefusedError, agrees

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
