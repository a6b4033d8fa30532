"""The life of a change: which state may follow which. Whatever is not listed cannot happen."""

from __future__ import annotations

from trustpath.base.errors import InputError
from trustpath.facts.change import State

OPEN = frozenset((State.PROPOSED, State.HELD, State.APPROVED))
"""Nothing was written yet: it may be approved, rejected, withdrawn, applied."""

_NEVER_WRITTEN = frozenset((State.REJECTED, State.WITHDRAWN, State.LAPSED))

FOLLOWING: dict[State, frozenset[State]] = {
    # From PROPOSED and HELD to APPLYING leads the emergency path only; who applies decides that.
    **dict.fromkeys(OPEN, OPEN | _NEVER_WRITTEN | {State.APPLYING}),
    **dict.fromkeys(_NEVER_WRITTEN, frozenset[State]()),
    State.APPLYING: frozenset((State.VERIFYING, State.ROLLING_BACK)),
    State.VERIFYING: frozenset((State.APPLIED, State.ROLLING_BACK)),
    State.ROLLING_BACK: frozenset((State.ROLLED_BACK, State.FAILED)),
    State.FAILED: frozenset((State.ROLLING_BACK,)),
    State.APPLIED: frozenset(),
    State.ROLLED_BACK: frozenset(),
}


def require(change: str, state: State, *allowed: State) -> None:
    """Raise InputError unless the change is in one of the states."""
    if state not in allowed:
        raise InputError(
            f"the change is {state.value}",
            where=change,
            hint="this is possible while it is " + ", ".join(sorted(s.value for s in allowed)),
        )


def follow(change: str, before: State, after: State) -> State:
    """Return ``after``; raises InputError when it cannot follow ``before``."""
    if after not in FOLLOWING[before]:
        raise InputError(
            f"a change that is {before.value} cannot become {after.value}", where=change
        )
    return after
