"""Writing the edits of one zone, and telling what a zone holds of them."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

from trustpath.base.errors import SourceError
from trustpath.facts.change import StepState
from trustpath.facts.edits import Edit, Key, RecordSet
from trustpath.facts.proposal import Prerequisite
from trustpath.facts.writer import (
    ConflictError,
    RefusedError,
    ServerView,
    UncertainError,
    Writer,
    agrees,
)
from trustpath.workflow.change.ports import Pace, Patience

ATTEMPTS = 5


class Holds(enum.Enum):
    """What a zone holds of some edits, as a whole."""

    BEFORE = "before"
    AFTER = "after"
    OTHER = "other"


def compare(writer: Writer, zone: str, edits: Sequence[Edit]) -> Holds:
    """Ask the primary which side of the edits it holds.

    Raises SourceError where it does not say, as of what lies behind a delegation.
    """
    content = writer.current(zone, [edit.key for edit in edits])
    sides = {_side(edit, content[edit.key]) for edit in edits if edit.key in content}
    if not sides:
        raise SourceError(
            "a delegation or a DNAME hides all of the records, so that they cannot be looked at",
            where=zone or ".",
            hint="look into the zone at its primary",
        )
    return sides.pop() if len(sides) == 1 else Holds.OTHER


def ensure(
    writer: Writer,
    zone: str,
    edits: Sequence[Edit],
    *,
    requires: Sequence[Prerequisite],
    untried: bool,
    pace: Pace,
    patience: Patience,
) -> tuple[StepState, str]:
    """Make the edits unless they stand already; returns how that ended and why.

    ``requires`` is what else has to hold in the zone when it is written.

    ``untried`` says that nobody can have tried before: then a conflict is a lost race. After a try
    of which nothing is known the zone itself is asked first. Raises SourceError when the primary
    does not say what it holds: nothing can be concluded then.
    """
    detail = ""
    for attempt in range(ATTEMPTS):
        if attempt or not untried:
            held = compare(writer, zone, edits)
            if held is not Holds.BEFORE:
                return _settled(held, detail)
        try:
            writer.apply(zone, edits, requires)
        except RefusedError as error:
            return StepState.NOT_MADE, str(error)
        except ConflictError as error:
            detail = str(error)
            if untried and attempt == 0:
                break
        except UncertainError as error:
            detail = str(error)
        except SourceError as error:  # nothing was sent
            detail = str(error)
            if untried and attempt == 0:
                break
        else:
            return StepState.MADE, ""
        pace.sleep(patience.interval)
    else:
        return _settled(compare(writer, zone, edits), detail)
    return StepState.NOT_MADE, detail


def _settled(held: Holds, detail: str) -> tuple[StepState, str]:
    if held is Holds.AFTER:
        return StepState.MADE, f"found made: {detail}" if detail else "found made"
    if held is Holds.BEFORE:
        return StepState.NOT_MADE, detail
    return StepState.DIFFERS, detail or "the zone holds something else"


def await_served(
    writer: Writer, zone: str, edits: Sequence[Edit], pace: Pace, patience: Patience
) -> tuple[float, tuple[str, ...], tuple[str, ...]]:
    """Ask every authoritative server until all have the new content, or patience ends.

    Returns the seconds that took, when it did not happen what each late server has, and what can
    be said of the servers that were asked: what a delegation or a DNAME hides none of them shows.
    """
    wanted = {edit.key: edit.after for edit in edits}
    start = pace.monotonic()
    while True:
        late, asked = _late(writer, zone, wanted)
        spent = pace.monotonic() - start
        if not late or spent >= patience.verify:
            return spent, late, asked
        pace.sleep(patience.interval)


def _late(
    writer: Writer, zone: str, wanted: Mapping[Key, RecordSet | None]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        views = writer.observe(zone, list(wanted))
    except SourceError as error:
        return (f"{zone or '.'}: {error}",), ()
    if not views:
        return (f"{zone or '.'}: no authoritative server is known",), ()
    late = tuple(text for view in views for text in _difference(view, wanted))
    return late, _asked(views, wanted)


def _asked(views: Sequence[ServerView], wanted: Mapping[Key, RecordSet | None]) -> tuple[str, ...]:
    """Say what was asked of whom, and what nobody could be asked."""
    servers = ", ".join(view.server for view in views)
    hidden = [key for key in wanted if not any(key in view.content for view in views)]
    seen = (f"the content was asked of {servers}",) if len(hidden) < len(wanted) else ()
    return seen + tuple(
        f"{name or '.'} {rdtype} was not seen: a delegation or a DNAME hides it from {servers}"
        for name, rdtype in hidden
    )


def _difference(view: ServerView, wanted: Mapping[Key, RecordSet | None]) -> Sequence[str]:
    if view.problem:
        return (f"{view.server}: {view.problem}",)
    return tuple(
        f"{view.server}: {key[0] or '.'} {key[1]} is not yet as planned"
        for key, content in wanted.items()
        if key in view.content and not same(key, view.content[key], content)
    )


def same(key: Key, found: RecordSet | None, wanted: RecordSet | None) -> bool:
    """Say whether an RRset is as wanted: a serial, and a TTL that a side cannot tell, apart."""
    if found is not None and wanted is not None and None in (found.ttl, wanted.ttl):
        found, wanted = found._replace(ttl=None), wanted._replace(ttl=None)
    return agrees(key[1], found, wanted)


def what_stands(writer: Writer, zone: str, edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Return for each RRset of the edits which content the primary holds now."""
    try:
        content = writer.current(zone, [edit.key for edit in edits])
    except SourceError as error:
        return [{"zone": zone, "holds": "unknown", "why": str(error)}]
    return [
        {
            "zone": zone,
            "name": edit.name,
            "type": edit.type,
            "holds": _side(edit, content[edit.key]).value if edit.key in content else "unknown",
        }
        for edit in edits
    ]


def _side(edit: Edit, found: RecordSet | None) -> Holds:
    if same(edit.key, found, edit.after):
        return Holds.AFTER
    return Holds.BEFORE if same(edit.key, found, edit.before) else Holds.OTHER
