"""The life of a change: which state may follow which. Whatever is not listed cannot happen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from trustpath.base.errors import InputError
from trustpath.facts.change import Change, State

OPEN = frozenset((State.PROPOSED, State.HELD, State.APPROVED))
"""Nothing was written yet: it may be approved, rejected, withdrawn, applied."""

WAS = "was"
"""The key of an outcome under which it stands how open an emergency was before it was begun."""

_NEVER_WRITTEN = frozenset((State.REJECTED, State.WITHDRAWN, State.LAPSED))

NOTHING_STANDS = _NEVER_WRITTEN | {State.ROLLED_BACK}
"""It ended, and nothing of it is in the zones."""

FOLLOWING: dict[State, frozenset[State]] = {
    # From PROPOSED and HELD to APPLYING leads the emergency path only; who applies decides that.
    **dict.fromkeys(OPEN, OPEN | _NEVER_WRITTEN | {State.APPLYING}),
    **dict.fromkeys(_NEVER_WRITTEN, frozenset[State]()),
    # A first write that was refused or lost its race leaves a change as open as it was; so does
    # what stops a stage before it.
    State.APPLYING: frozenset(
        (State.VERIFYING, State.ROLLING_BACK, State.APPROVED, State.PROPOSED, State.HELD)
    ),
    # Where nothing was written, what stops its events leaves a change open.
    State.VERIFYING: frozenset((State.APPLIED, State.ROLLING_BACK, State.HELD)),
    State.ROLLING_BACK: frozenset((State.ROLLED_BACK, State.FAILED)),
    State.FAILED: frozenset((State.ROLLING_BACK,)),
    State.APPLIED: frozenset(),
    State.ROLLED_BACK: frozenset(),
}


def require(change: Change, *allowed: State) -> Change:
    """Return the change; raises InputError unless it is in one of the states."""
    if change.state not in allowed:
        raise InputError(
            f"the change is {change.state.value}",
            where=change.id,
            hint="this is possible while it is " + ", ".join(sorted(s.value for s in allowed)),
        )
    return change


def follow(change: Change, after: State, **more: Any) -> Change:
    """Return the change in its next state, with whatever else moves.

    Raises InputError when the state cannot follow the one it is in.
    """
    if after not in FOLLOWING[change.state]:
        raise InputError(
            f"a change that is {change.state.value} cannot become {after.value}", where=change.id
        )
    return replace(change, state=after, **more)
