"""Differences between approved and served content, each attributed to a change or to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trustpath.base.canonical import digest
from trustpath.facts.change import UNDER_WAY, Change, State
from trustpath.facts.drift import Approved, Poll, comparable
from trustpath.facts.edits import Edit, diff
from trustpath.workflow.drift.served import Served


@dataclass(frozen=True, slots=True)
class Difference:
    """One RRset that is not as approved: ``edit`` leads from the approved to the served content.

    ``change`` is the change that explains it, where one that is under way or failed does; None
    calls it unapproved. ``resembles`` names a change that wanted just this and did not get it, or
    got it and was undone. ``last`` is the change that last had the RRset approved.
    """

    edit: Edit
    change: str | None = None
    state: str | None = None
    resembles: str | None = None
    last: str | None = None

    @property
    def approved(self) -> bool:
        """Say whether a change explains it."""
        return self.change is not None


def differences(
    approved: Approved, found: Served, changes: Iterable[Change]
) -> tuple[Difference, ...]:
    """Return what is served otherwise than approved, ordered by name and type."""
    touching = [c for c in changes if found.zone in c.plan.zones]
    return tuple(
        _attributed(edit, approved, touching)
        for edit in diff(found.zone, comparable(approved.content), comparable(found.content))
    )


def _attributed(edit: Edit, approved: Approved, changes: Sequence[Change]) -> Difference:
    last = approved.changes.get(edit.key)
    resembles = None
    for change in reversed(changes):
        for planned in change.plan.of_zone(edit.zone):
            if planned.key != edit.key or edit.after not in (planned.after, planned.before):
                continue
            if change.state in UNDER_WAY or change.state is State.FAILED:
                return Difference(edit, change.id, change.state.value, None, last)
            if resembles is None and edit.after == planned.after:
                resembles = f"{change.id} ({change.state.value})"
    return Difference(edit, None, None, resembles, last)


def poll_of(found: Served) -> Poll:
    """Return what this look saw, to be held against the next."""
    rows = [
        [*key, value.ttl, list(value.rdatas)] for key, value in comparable(found.content).items()
    ]
    return Poll(found.zone, found.at, found.serial, digest(sorted(rows, key=str)))


def came_and_went(before: Poll | None, now: Poll, changes: Iterable[Change]) -> str | None:
    """Say that a zone was changed and changed back between two looks, if its serial tells so.

    Changes of ours that touched the zone since explain a serial that moved.
    """
    if before is None or before.serial == now.serial or before.digest != now.digest:
        return None
    ours = [c.id for c in changes if now.zone in c.plan.zones and (c.started_at or 0) >= before.at]
    if ours:
        return None
    return (
        f"the serial moved from {before.serial} to {now.serial} and the content is the same: "
        "something was changed and changed back between the last two looks"
    )
