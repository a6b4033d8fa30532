"""Applying a change, going on after an interruption, and taking an applied change back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trustpath.base.errors import InputError
from trustpath.facts.change import UNDER_WAY, Change, Direction, Said, State, Step, StepState
from trustpath.facts.edits import inverted
from trustpath.facts.proposal import Submission
from trustpath.ledger.entry import Entry
from trustpath.workflow.change import entries
from trustpath.workflow.change.decide import (
    LapsedError,
    Stand,
    assess_kept,
    file,
    get,
    judge_again,
    propose,
    withdraw,
)
from trustpath.workflow.change.lifting import lifting
from trustpath.workflow.change.ports import Act, Desk, Ports
from trustpath.workflow.change.ready import check_ready
from trustpath.workflow.change.run import Runner, keep
from trustpath.workflow.change.stages import done_for_good
from trustpath.workflow.change.standing import submission_of
from trustpath.workflow.change.state import OPEN, WAS, follow, require
from trustpath.workflow.change.waiting import Due, pending
from trustpath.workflow.change.zones import same


class StoppedError(InputError):
    """The gate or a missing consent stops the change; nothing was written."""

    denied = False
    """Whether the gate denies it, so that no consent helps."""


class WaitingError(StoppedError):
    """A wait that precedes the change is not over; nothing was written."""

    earliest = 0
    """From when on it may be applied, in seconds since 1970."""


def apply(
    desk: Desk, ports: Ports, change_id: str, actor: str, *, emergency: str | None = None
) -> Change:
    """Judge again, write, verify; returns the change as it ended.

    A change that an interruption left under way is resumed. Raises StoppedError while the gate or
    a missing consent stops it, UnreadyError while a server does not take it, WaitingError while a
    wait before it is not over, LapsedError when it moved, BusyError while its zones are taken.
    ``emergency`` does without consents and waits.
    """
    change = get(desk, change_id)
    if change.state in UNDER_WAY or change.state is State.FAILED:
        return resume(desk, ports, change_id, actor)
    require(change, *OPEN)
    if change.plan.ours and ports.events is None:
        raise InputError("nothing carries out certificate events here", where=change.id)
    desk.rules.may_change(desk.rules.actor(actor), change.plan)
    with desk.store.act() as act:
        keep(ports, act, act.get(change.id))
    try:
        _begin(desk, ports, change, actor, emergency)
    except BaseException:
        _let_go(desk, change.id)
        raise
    ports.passing("applying")
    return Runner(ports, change.id, actor).run()


def enact(desk: Desk, ports: Ports, submission: Submission, actor: str) -> Change:
    """Propose and apply at once what nothing holds: judged once, filed and begun in one act.

    What waits for something is filed only, as ``propose`` does. Raises BusyError while its zones
    are taken; nothing is filed then. The intent of the first write is in the same act. Records that
    move after the judgement make the write fail: each has what it starts from as its prerequisite.
    """
    desk.gate.refresh()
    assessment = desk.gate.assess(submission, Said(actor))
    with desk.store.act() as act:
        stand = file(desk, act, assessment, actor)
        change = stand.change
        waits = assessment.events or any(wait.before for wait in assessment.waits)
        if change.state is not State.APPROVED or waits:
            return change
        _start(desk, ports, act, stand, actor)
        zone, now = change.plan.zones[0], desk.pace.now()
        first = Step(change.id, 0, zone, Direction.FORWARD, StepState.INTENDED, now)
        act.put_step(first)
        act.record(entries.step(act.get(change.id), first, actor))
    ports.passing("applying")
    return Runner(ports, change.id, actor, begun=True).run()


def _begin(desk: Desk, ports: Ports, change: Change, actor: str, emergency: str | None) -> None:
    """Judge again under the zones' locks and turn the change to APPLYING."""
    desk.gate.refresh()
    assessment = assess_kept(desk, change)
    if change.state is State.APPROVED or emergency is not None:
        check_ready(ports.writers, change, ports.events)
    with desk.store.act() as act:
        current = require(act.get(change.id), *OPEN)
        stand = judge_again(desk, act, current, assessment, actor)
        waits = [wait for wait in assessment.waits if wait.before]
        applied = act.changes([State.APPLIED]) if waits else ()
        early = pending(stand.change, waits, applied, desk.pace.now())
        # An emergency passes by consents and waits, never by a denial or by missing evidence.
        ready = stand.change.state is State.APPROVED and not early
        hurried = emergency is not None and stand.change.state in (State.PROPOSED, State.APPROVED)
        if ready or hurried:
            hurry = None if ready else emergency
            _start(desk, ports, act, stand, actor, early=early, emergency=hurry)
            return
        lift = lifting(desk.rules, stand.change, stand.missing, act.consents(change.id))
    _stop(replace(stand, lift=lift), early)


def _start(
    desk: Desk,
    ports: Ports,
    act: Act,
    stand: Stand,
    actor: str,
    *,
    early: Sequence[Due] = (),
    emergency: str | None = None,
) -> None:
    """Turn a change to APPLYING; raises EstateError where no writer changes one of its zones."""
    started = _started(desk, act, stand, actor, emergency)
    for zone in started.plan.zones:
        ports.writers.for_zone(zone)
    keep(ports, act, started)
    act.put(started)
    act.record(_applying(started, stand, early, actor))


def _started(desk: Desk, act: Act, stand: Stand, actor: str, emergency: str | None) -> Change:
    """Return the change as it starts; raises InputError where it may not be hurried."""
    change, now = stand.change, desk.pace.now()
    due = None
    if emergency is not None:
        hurrying = desk.rules.actor(actor)
        due = desk.rules.hurry(hurrying, change, act.consents(change.id), now).review_by
    return follow(
        change,
        State.APPLYING,
        updated_at=now,
        started_at=now,
        emergency=emergency if due is not None else None,
        review_due=due,
        outcome={} if due is None else {WAS: change.state.value},
    )


def _applying(change: Change, stand: Stand, early: Sequence[Due], actor: str) -> Entry:
    return entries.entry(
        change,
        "applying",
        actor,
        change.updated_at,
        emergency=change.emergency,
        review_due=change.review_due,
        missing=stand.missing,
        held=stand.held,
        waits=[str(due) for due in early],
    )


def _stop(stand: Stand, early: Sequence[Due]) -> None:
    change = stand.change
    if change.state is State.LAPSED:
        raise LapsedError(
            "the records are no longer what the change was planned from; nothing was written",
            where=change.id,
            hint="propose it again",
        )
    if stand.held:
        error = StoppedError(
            f"the gate says {change.verdict}: {'; '.join(stand.held[:5])}",
            where=change.id,
            hint="; ".join((*stand.lift, f"trustpath change show {change.id}")),
        )
        error.denied = change.verdict == "deny"
        raise error
    if early and not stand.missing:
        waiting = WaitingError(
            "; ".join(map(str, early)),
            where=change.id,
            hint="nothing was written; apply it then, or now with --emergency REASON",
        )
        waiting.earliest = early[0].at
        raise waiting
    raise StoppedError(
        "consents are missing: " + ", ".join(stand.missing),
        where=change.id,
        hint="; ".join(stand.lift) or f"trustpath change approve {change.id}",
    )


def _let_go(desk: Desk, change_id: str) -> None:
    """Give the zones back when the change did not start."""
    with desk.store.act() as act:
        if act.get(change_id).state not in UNDER_WAY:
            act.release(change_id)


def resume(desk: Desk, ports: Ports, change_id: str, actor: str) -> Change:
    """End a change that was interrupted or failed: applied and verified, or rolled back.

    One that was interrupted while writing long ago (``Patience.resume``) is rolled back: what
    was judged then may not hold now. A failed one is tried to be rolled back again.
    """
    acting = desk.rules.actor(actor)
    with desk.store.act() as act:
        change = require(act.get(change_id), *UNDER_WAY, State.FAILED)
        desk.rules.may_change(acting, change.plan)
        keep(ports, act, change)
        now = desk.pace.now()
        late = now - (change.started_at or now) > ports.patience.resume
        # Without records there is nothing to take back: how its events stand is what counts.
        old = late and bool(change.plan.edits)
        if change.state is State.FAILED or (old and change.state is not State.ROLLING_BACK):
            why = "interrupted too long ago to go on" if old else "tried again"
            change = follow(change, State.ROLLING_BACK, updated_at=now)
            act.put(change)
            act.record(entries.entry(change, "rolling-back", actor, now, why=why))
        else:
            act.record(entries.entry(change, "resumed", actor, now))
    ports.passing("resumed")
    return Runner(ports, change.id, actor).run()


def rollback(desk: Desk, ports: Ports, change_id: str, actor: str, *, reason: str = "") -> Change:
    """Take an applied change back by its stored inverse, as a change of its own.

    The consents to a change cover its way back, which was judged with it; the gate judges it again.
    Raises LapsedError when the zone moved since: going back would undo somebody else's work, and
    StoppedError where an endpoint that it leads back to was looked at and does not serve.
    """
    back = propose_rollback(desk, ports, change_id, actor, reason=reason)
    return apply(desk, ports, back.id, actor)


def propose_rollback(
    desk: Desk, ports: Ports, change_id: str, actor: str, *, reason: str = ""
) -> Change:
    """File the way back of an applied change; raises LapsedError as ``rollback`` does."""
    change = require(get(desk, change_id), State.APPLIED)
    back = inverted(change.plan.edits)
    if not back:
        raise InputError("there are no records to take back in this change", where=change.id)
    gone = done_for_good(change)
    if gone:
        raise InputError(
            f"it cannot be taken back whole any more: {'; '.join(step.says for step in gone)}",
            where=change.id,
            hint="obtain a certificate for the old endpoint first, then propose what is wanted now",
        )
    _unmoved(ports, change)
    _still_serving(ports, change)
    undo = replace(change, plan=replace(change.plan, edits=back, events=(), prerequisites=()))
    submission = replace(submission_of(undo), origin=f"rollback of {change.id}")
    stand = propose(desk, submission, actor, reason=reason, reverts=change.id)
    if set(stand.change.plan.edits) != set(back):
        if stand.change.state in OPEN:  # nobody is to carry out what was not meant
            withdraw(desk, stand.change.id, actor, "it is not the way back")
        raise LapsedError(
            f"the facts at hand are not what {change.id} left; nothing was written",
            where=stand.change.id,
            hint="collect again, then propose what is wanted now",
        )
    return stand.change


def _still_serving(ports: Ports, change: Change) -> None:
    """Raise StoppedError where going back would lead names to what does not serve them."""
    gone = [problem for look in ports.backward for problem in look(change).problems]
    if gone:
        raise StoppedError(
            f"the way back leads to what does not serve: {'; '.join(map(str, gone[:5]))}",
            where=change.id,
            hint="nothing was written; bring it back up first, or propose what is wanted now",
        )


def _unmoved(ports: Ports, change: Change) -> None:
    moved = []
    for zone in change.plan.zones:
        edits = change.plan.of_zone(zone)
        content = ports.writers.for_zone(zone).current(zone, [edit.key for edit in edits])
        moved += [
            f"{e.name} {e.type}"
            for e in edits
            if e.key in content and not same(e.key, content[e.key], e.after)
        ]
    if moved:
        raise LapsedError(
            f"the zone moved since {change.id} was applied: {', '.join(moved[:5])}",
            where=change.id,
            hint="propose what is wanted now",
        )
