"""What other changes have to do with one: the same RRsets meanwhile, or its way back."""

from __future__ import annotations

from collections.abc import Sequence

from trustpath.facts.change import UNDER_WAY, Change, State
from trustpath.workflow.change.ports import Reader
from trustpath.workflow.change.stages import LastStep, open_steps
from trustpath.workflow.change.state import NOTHING_STANDS, OPEN

SHOWN = 3
"""How many RRsets a remark names."""


def beside(reader: Reader, change: Change) -> tuple[str, ...]:
    """Return a remark for each other change to the same RRsets that has not ended."""
    return tuple(
        f"{other.id} ({other.state.value}, by {other.author}) changes {_named(shared)} too: "
        "whichever is applied second has to be proposed again"
        for other in reader.changes(OPEN | UNDER_WAY)
        if other.id != change.id and (shared := _shared(change, other))
    )


def later(reader: Reader, change: Change) -> tuple[str, ...]:
    """Return a remark for each change that was applied to the same RRsets afterwards."""
    return tuple(
        f"{other.id} (by {other.author}) changed {_named(shared)} afterwards"
        for other in reader.changes([State.APPLIED])
        if other.id != change.id
        and (other.applied_at or 0, other.id) > (change.applied_at or 0, change.id)
        and (shared := _shared(change, other))
    )


def taken_back(reader: Reader, change: Change) -> tuple[str, ...]:
    """Return a remark for each change that takes this one back, or is to."""
    return tuple(
        f"taken back by {other.id}, by {other.author}"
        if other.state is State.APPLIED
        else f"{other.id} is to take it back: {other.state.value}, by {other.author}"
        for other in backs(reader).get(change.id, ())
    )


def backs(reader: Reader) -> dict[str, list[Change]]:
    """Return, by the change that it takes back, what does so or is to; not what came to nothing."""
    found: dict[str, list[Change]] = {}
    for other in reader.changes():
        if other.reverts is not None and other.state not in NOTHING_STANDS:
            found.setdefault(other.reverts, []).append(other)
    return found


def unfinished(
    reader: Reader, changes: Sequence[Change]
) -> tuple[tuple[Change, tuple[LastStep, ...]], ...]:
    """Return those of the changes that have open last steps, and these.

    Whatever takes a change back closes them: the old endpoint and its certificate stay.
    """
    closed = backs(reader)
    return tuple(
        (change, steps)
        for change in changes
        if change.id not in closed and (steps := open_steps(change))
    )


def _shared(change: Change, other: Change) -> list[tuple[str, str, str]]:
    mine = {(edit.zone, edit.name, edit.type) for edit in change.plan.edits}
    return sorted(mine & {(edit.zone, edit.name, edit.type) for edit in other.plan.edits})


def _named(shared: list[tuple[str, str, str]]) -> str:
    said = [f"{name or '.'} {rdtype}" for _zone, name, rdtype in shared]
    more = f" and {len(said) - SHOWN} more" if len(said) > SHOWN else ""
    return ", ".join(said[:SHOWN]) + more
