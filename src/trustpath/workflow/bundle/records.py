"""Steps that change records: each a change like any other, judged, consented to and applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from trustpath.base.errors import InputError
from trustpath.facts.bundle import Bundle, Step
from trustpath.facts.change import UNDER_WAY, Change, State
from trustpath.facts.edits import RecordSet
from trustpath.facts.proposal import Action, Operation, Submission
from trustpath.workflow.bundle.ports import Outcome, Pending
from trustpath.workflow.change.apply import StoppedError, WaitingError, apply, resume, rollback
from trustpath.workflow.change.decide import LapsedError, propose, withdraw
from trustpath.workflow.change.ports import Desk, Ports
from trustpath.workflow.change.state import OPEN

LOOK_AGAIN = 60
"""Seconds between two looks whether people have consented."""
JUDGE_AGAIN = 600
"""Seconds between two looks whether the gate still holds a change."""
_ENDED_BADLY = frozenset((State.REJECTED, State.ROLLED_BACK, State.FAILED))


class Records(Protocol):
    """What is in the zones now."""

    def held(self, name: str, rdtype: str) -> RecordSet | None:
        """Return an RRset as the primary of its zone holds it."""
        ...


Made = Callable[[Bundle, Step, Records], Sequence[Operation]]
"""From a step to the operations that bring about what it wants, none where it is so already."""


@dataclass(frozen=True, slots=True)
class RecordDoer:
    """Does CHANGE steps. ``makers`` has one for each word that a step's ``make`` may be.

    ``filed`` finds changes by their origin, ``collect`` collects the facts again.
    """

    desk: Desk
    ports: Ports
    filed: Callable[[str], Sequence[Change]]
    records: Records
    makers: Mapping[str, Made]
    collect: Callable[[], None]

    def do(self, bundle: Bundle, number: int) -> Outcome | Pending:
        """Propose the change, wait for consents, apply it."""
        change = self._known(bundle, number)
        if change is None or change.state in (State.LAPSED, State.WITHDRAWN):
            change = self._propose(bundle, number)
            if change is None:
                return Outcome({"unchanged": True, "rest": 0})
        if change.state in _ENDED_BADLY:
            raise InputError(f"the change {change.state.value}", where=change.id)
        carried = carry_on(self.desk, self.ports, change, bundle.actor)
        if isinstance(carried, Pending):
            return carried
        change = carried
        if change.state is not State.APPLIED:
            raise InputError(f"the change {change.state.value}", where=change.id)
        rest = rest_of(change)
        return Outcome({"change": change.id, "rest": rest}, rest=rest)

    def undo(self, bundle: Bundle, number: int) -> Pending | None:
        """Take the change back by its own inverse, or withdraw it."""
        change = self._known(bundle, number)
        if change is None:
            return None
        if change.state in UNDER_WAY:
            change = resume(self.desk, self.ports, change.id, bundle.actor)
        if change.state in OPEN:
            withdraw(self.desk, change.id, bundle.actor, f"{bundle.id} was cancelled")
        elif change.state is State.APPLIED and not self._reverted(change):
            back = rollback(
                self.desk, self.ports, change.id, bundle.actor, reason=f"{bundle.id} goes back"
            )
            if back.state is not State.APPLIED:
                raise InputError(f"taking {change.id} back {back.state.value}", where=back.id)
        return None

    def _propose(self, bundle: Bundle, number: int) -> Change | None:
        step = bundle.steps[number]
        made = tuple(self.makers[step.what["make"]](bundle, step, self.records))
        if not made:
            return None
        self.collect()
        submission = Submission(origin=origin_of(bundle, number), operations=made)
        return propose(self.desk, submission, bundle.actor, reason=step.says).change

    def _known(self, bundle: Bundle, number: int) -> Change | None:
        """Return the last change of a step: its origin names the step."""
        found = self.filed(origin_of(bundle, number))
        return found[-1] if found else None

    def _reverted(self, change: Change) -> bool:
        with self.desk.store.reading() as reader:
            undone = [c for c in reader.changes((State.APPLIED,)) if c.reverts == change.id]
        return bool(undone)


def carry_on(desk: Desk, ports: Ports, change: Change, actor: str) -> Change | Pending:
    """Apply a change, or go on with it, as soon as it may be; returns what it waits for till then.

    What the gate holds is judged again at every look.
    """
    now = desk.pace.now()
    if change.state is State.PROPOSED:
        return Pending(waiting(change), now + LOOK_AGAIN)
    if change.state is State.APPLIED:
        return change
    act = resume if change.state in UNDER_WAY else apply
    try:
        return act(desk, ports, change.id, actor)
    except LapsedError:
        return Pending(f"{change.id} lapsed and is proposed again", now)
    except WaitingError as error:
        return Pending(str(error), error.earliest)
    except StoppedError as error:
        return Pending(str(error), now + JUDGE_AGAIN)


def origin_of(bundle: Bundle, number: int) -> str:
    """Return the origin of a step's changes, by which they are found again."""
    return f"bundle {bundle.id} step {number}"


def waiting(change: Change) -> str:
    """Return what an open change waits for, in words."""
    roles = ", ".join(
        f"{needed.role} ({needed.owner})" if needed.owner else needed.role
        for needed in change.plan.needed
    )
    why = f"{change.id} is {change.state.value}"
    return f"{why}: consents of {roles}" if change.state is State.PROPOSED and roles else why


def rest_of(change: Change) -> int:
    """Return the longest wait after a change, in seconds, as the gate computed it (G.3)."""
    waits = change.assessment.get("waits", ())
    return max((int(w["seconds"]) for w in waits if not w.get("before", False)), default=0)


def zoneless(action: Action, name: str, rdtype: str, content: RecordSet) -> Operation:
    """Return the operation on an RRset whose zone is left to be found by its name."""
    return Operation(action, None, name, rdtype, content.ttl, content.rdatas)


def widen(
    name: str, rdtype: str, more: Sequence[str], ttl: int, records: Records
) -> list[Operation]:
    """Return the operation that adds what an RRset lacks."""
    held = records.held(name, rdtype)
    lacking = tuple(text for text in more if held is None or text not in held.rdatas)
    kept = ttl if held is None or held.ttl is None else held.ttl
    return [zoneless(Action.ADD, name, rdtype, RecordSet(kept, lacking))] if lacking else []


def narrow(
    name: str, rdtype: str, keep: Callable[[str], bool], records: Records
) -> list[Operation]:
    """Return the operation that takes out of an RRset what is not to be kept."""
    held = records.held(name, rdtype)
    gone = tuple(text for text in held.rdatas if not keep(text)) if held else ()
    if held is None or not gone:
        return []
    if len(gone) == len(held.rdatas):
        raise InputError(
            f"nothing would be left of {rdtype}", where=name, hint="look at the records by hand"
        )
    return [zoneless(Action.REMOVE, name, rdtype, held._replace(rdatas=gone))]


def result(bundle: Bundle, number: int) -> Mapping[str, Any]:
    """Return what an earlier step left."""
    return bundle.steps[number].result
