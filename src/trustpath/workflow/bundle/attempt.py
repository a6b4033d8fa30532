"""What a step does about its last change: carry it on, take it back, make another, or tell."""

from __future__ import annotations

import enum

from trustpath.facts.change import State


class Course(enum.Enum):
    """What is to be done about the last change of a step."""

    PROPOSE = "propose"
    """Make a change: there is none, or the last one is over."""
    CARRY_ON = "carry-on"
    TAKE_BACK = "take-back"
    """Try again to take back what it left half done; what comes of it has a course again."""
    TELL = "tell"
    """It came to nothing: that is a failure of the step, written down before another try."""


_NEVER_BEGUN = frozenset((State.LAPSED, State.WITHDRAWN))
_OVER = frozenset((State.REJECTED, State.ROLLED_BACK))


def course(state: State | None, *, told: bool) -> Course:
    """Return the course for a change in a state, None where a step has no change yet.

    ``told``: that this change came to nothing is written down already. So every try counts, also
    where the process is killed between its end and the writing down; and whoever goes on after
    that, by itself or since a person resumed the bundle, makes a new change with its own consents.
    """
    if state is None or state in _NEVER_BEGUN:
        return Course.PROPOSE
    if state in _OVER:
        return Course.PROPOSE if told else Course.TELL
    if state is State.FAILED:
        return Course.TAKE_BACK if told else Course.TELL
    return Course.CARRY_ON


def may_pass(state: State) -> bool:
    """Say whether a change that ended so may end well when it is made again unasked.

    Servers come back; whoever rejected a change is not asked again before somebody wants that.
    """
    return state is not State.REJECTED
