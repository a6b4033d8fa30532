"""Waits of a change as instants: before it from changes of ours, after it from its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trustpath.base.clock import format_instant
from trustpath.facts.change import Change, State
from trustpath.facts.edits import Edit, Key
from trustpath.workflow.gate.assessment import Wait


@dataclass(frozen=True, slots=True)
class Due:
    """Until when a wait lasts: ``at`` in seconds since 1970. ``change`` is what it counts from."""

    at: int
    change: str
    reason: str

    def __str__(self) -> str:
        """Return it in words, with the instant."""
        return f"not before {format_instant(self.at)}, counted from {self.change}: {self.reason}"


def pending(
    change: Change, waits: Iterable[Wait], applied: Sequence[Change], now: int
) -> tuple[Due, ...]:
    """Return the waits that precede a change and are not over, the last to end first.

    Only those count of which the start is known: a change of ours that was applied, and so was
    served everywhere then. What takes a change back, or approves what stands, waits for nothing.
    """
    if change.reverts is not None or change.plan.adopts:
        return ()
    found = []
    for wait in waits:
        start = None if wait.since is None else _start(change, wait.since, applied)
        if start is not None and start.applied_at is not None:
            at = start.applied_at + wait.seconds
            found += [Due(at, start.id, wait.reason)] if at > now else []
    return tuple(sorted(found, key=lambda due: -due.at))


def _start(change: Change, since: Key, applied: Sequence[Change]) -> Change | None:
    """Return the last change that moved what a wait counts from.

    Of the RRset that the change itself edits only what came beside others and stays counts: what is
    withdrawn now need not have been seen by anybody, and who saw no RRset at all lacks nothing.
    """
    going = {text for edit in change.plan.edits if edit.key == since for text in edit.removed}
    own = any(edit.key == since for edit in change.plan.edits)

    def moved(edit: Edit) -> bool:
        if edit.key != since:
            return False
        if own:
            return edit.before is not None and bool(set(edit.added) - going)
        return bool(edit.added or edit.removed)

    starts = [
        other
        for other in applied
        if other.state is State.APPLIED and any(map(moved, other.plan.edits))
    ]
    return max(starts, key=lambda other: other.applied_at or 0, default=None)


def following(change: Change) -> tuple[Due, ...]:
    """Return the waits after a change as instants, counted from when it was verified.

    Nothing for a change that is not applied.
    """
    if change.state is not State.APPLIED or change.applied_at is None:
        return ()
    return tuple(
        Due(change.applied_at + int(wait["seconds"]), change.id, str(wait["reason"]))
        for wait in change.assessment.get("waits", ())
        if not wait.get("before")
    )
