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
from trustpath.workflow.bundle.attempt import Course, course, may_pass
from trustpath.workflow.bundle.ports import EndedError, Outcome, Pending
from trustpath.workflow.change.apply import (
    StoppedError,
    WaitingError,
    apply,
    propose_rollback,
    resume,
)
from trustpath.workflow.change.decide import LapsedError, propose, withdraw
from trustpath.workflow.change.ports import Desk, Ports
from trustpath.workflow.change.state import NOTHING_STANDS, OPEN
from trustpath.workflow.change.zones import Holds, compare

LOOK_AGAIN = 60
"""Seconds between two looks whether people have consented."""
JUDGE_AGAIN = 600
"""Seconds between two looks whether the gate still holds a change."""
_HALF_DONE = UNDER_WAY | {State.FAILED}


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
        """Propose the change, wait for consents, apply it; another where the last was in vain."""
        change = self._settled(bundle, number, self._known(bundle, number))
        if change is None:
            change = self._propose(bundle, number)
            if change is None:
                return Outcome({"unchanged": True, "rest": 0})
        carried = carry_on(self.desk, self.ports, change, bundle.actor)
        if isinstance(carried, Pending):
            return carried
        if carried.state is not State.APPLIED:
            raise ended(self.desk, carried)
        rest = rest_of(carried)
        return Outcome({"change": carried.id, "rest": rest}, rest=rest)

    def undo(self, bundle: Bundle, number: int) -> Pending | None:
        """Take the change back by its own inverse, or withdraw it."""
        change = self._known(bundle, number)
        if change is not None and change.state in _HALF_DONE:
            change = resume(self.desk, self.ports, change.id, bundle.actor)
        if change is None or change.state in NOTHING_STANDS:
            return None
        if change.state in OPEN:
            withdraw(self.desk, change.id, bundle.actor, f"{bundle.id} was cancelled")
            return None
        if change.state is not State.APPLIED:
            raise ended(self.desk, change)
        return self._take_back(bundle, number, change)

    def _settled(self, bundle: Bundle, number: int, change: Change | None) -> Change | None:
        return settled(
            self.desk, self.ports, change, bundle, number, told=lambda vain: ended(self.desk, vain)
        )

    def _take_back(self, bundle: Bundle, number: int, change: Change) -> Pending | None:
        back = self._settled(bundle, number, self._back(change))
        if back is None:
            if self._restored(change):
                return None
            self.collect()
            reason = f"{bundle.id} goes back"
            back = propose_rollback(self.desk, self.ports, change.id, bundle.actor, reason=reason)
        carried = carry_on(self.desk, self.ports, back, bundle.actor)
        if isinstance(carried, Pending):
            return carried
        if carried.state is not State.APPLIED:
            raise ended(self.desk, carried)
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

    def _back(self, change: Change) -> Change | None:
        """Return the last change that takes a change back."""
        with self.desk.store.reading() as reader:
            found = [c for c in reader.changes() if c.reverts == change.id]
        return found[-1] if found else None

    def _restored(self, change: Change) -> bool:
        """Say whether the zones hold what they held before a change: somebody put it back."""
        writers, plan = self.ports.writers, change.plan
        return all(
            compare(writers.for_zone(zone), zone, plan.of_zone(zone)) is Holds.BEFORE
            for zone in plan.zones
        )


def settled(
    desk: Desk,
    ports: Ports,
    change: Change | None,
    bundle: Bundle,
    number: int,
    *,
    told: Callable[[Change], EndedError],
) -> Change | None:
    """Return the change of a step that is to be carried on, None where one is to be made.

    Raises what ``told`` makes of a change that came to nothing, unless that is written down.
    """
    if change is None:
        return None
    spent = change.id == bundle.steps[number].spent
    way = course(change.state, told=spent)
    if way is Course.TAKE_BACK:
        change = resume(desk, ports, change.id, bundle.actor)
        if _overwritten(change):
            return None
        way = course(change.state, told=change.state is not State.FAILED)
    if way is Course.TELL:
        raise told(change)
    return change if way is Course.CARRY_ON else None


def _overwritten(change: Change) -> bool:
    """Say whether nothing is left to take back, since somebody wrote something else there."""
    stands = {item["holds"] for item in change.outcome.get("stands", ())}
    others = {Holds.BEFORE.value, Holds.OTHER.value}
    return change.state is State.FAILED and Holds.OTHER.value in stands and stands <= others


def ended(desk: Desk, change: Change) -> EndedError:
    """Return the error of a change that came to nothing, with why."""
    word, why = change.state.value, change.outcome.get("why", "")
    if change.state is State.REJECTED:
        with desk.store.reading() as reader:
            said = [c for c in reader.consents(change.id) if c.decision == "reject"]
        word = f"rejected by {said[-1].actor}" if said else word
        why = said[-1].note if said else why
    elif change.state is State.FAILED:
        word = "neither applied nor taken back"
        why = "; ".join(map(str, change.outcome.get("stuck", ()))) or why
    elif change.state is State.ROLLED_BACK:
        word = "taken back"
    elif change.state is State.APPROVED:
        word = "not written"
    told = f"the change was {word}" + (f": {why}" if why else "")
    return EndedError(told, change.id, passing=may_pass(change.state))


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
