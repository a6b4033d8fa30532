"""The last steps of an applied change: the old endpoint's end, then what cannot be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from trustpath.base.clock import format_instant
from trustpath.base.errors import InputError, TrustpathError
from trustpath.facts.change import Change, State
from trustpath.facts.proposal import Submission
from trustpath.workflow.change import entries
from trustpath.workflow.change.apply import WaitingError
from trustpath.workflow.change.beside import backs
from trustpath.workflow.change.ports import Desk, Ports
from trustpath.workflow.change.served import verify
from trustpath.workflow.change.stages import LAST, LastStep, earliest, last_steps, open_steps
from trustpath.workflow.change.standing import held_by
from trustpath.workflow.change.state import require


def finish(desk: Desk, ports: Ports, change_id: str, actor: str) -> Change:
    """Do the last steps of an applied change, in order, until one stays open; returns the change.

    Each is verified before the next, and written down with its ledger entry. Before each one every
    name server is asked whether it still has what was applied. What cannot be taken back is judged
    once more at its turn, and right before it every old endpoint is looked at again, whatever was
    seen before; its consents were given with the change. Doing it again is the same as doing it
    once. Raises WaitingError while caches may still hold the old records, and
    InputError for a change that was taken back.
    """
    acting = desk.rules.actor(actor)
    with desk.store.reading() as reader:
        change = require(reader.get(change_id), State.APPLIED)
        back = backs(reader).get(change.id)
    desk.rules.may_change(acting, change.plan)
    if back:
        raise InputError(
            f"it is taken back by {back[-1].id}: the old endpoint and certificate stay",
            where=change.id,
        )
    steps = open_steps(change)
    _waited(change, desk.pace.now() if steps else None)
    for step in steps:
        problems = _problems(desk, ports, change, step, actor)
        ports.passing(f"tried.{step.id}")
        change = _written(desk, change, step, actor, problems)
        if problems:
            break
    return change


def _waited(change: Change, now: int | None) -> None:
    at = earliest(change)
    if now is not None and at is not None and now < at:
        error = WaitingError(
            f"caches may lead to the old endpoint until {format_instant(at)}",
            where=change.id,
            hint="nothing was done; finish it then",
        )
        error.earliest = at
        raise error


def _problems(
    desk: Desk, ports: Ports, change: Change, step: LastStep, actor: str
) -> Sequence[str]:
    """Return why a step stays open; nothing where it is done."""
    if step.event is None:
        return _moved(desk, ports, change) or _served(ports, change, (step,))
    if ports.events is None:
        return ["nothing carries out certificate events here"]
    try:
        judged = desk.gate.assess(Submission(f"last step of {change.id}", events=(step.event,)))
    except TrustpathError as error:
        return [str(error)]
    held = held_by(judged)
    if held:
        return held
    ports.passing(f"last.{step.id}")
    # Whatever was seen before: an endpoint may serve again, and records may lead there again.
    now = _moved(desk, ports, change) or _served(ports, change, last_steps(change))
    now = now or [str(p) for look in ports.used for p in look(step.event).problems]
    return now or [str(problem) for problem in ports.events(change, step.event, actor)]


def _moved(desk: Desk, ports: Ports, change: Change) -> list[str]:
    """Return where the records are not, or cannot be seen to be, as they were applied."""
    found = verify(desk, ports, change.id)
    return [*found.differs, *found.unknown, *(found.remarks if found.differs else ())]


def _served(ports: Ports, change: Change, steps: Sequence[LastStep]) -> list[str]:
    """Return where what the steps see the end of is still served, or nobody can tell."""
    return [
        str(problem)
        for step in steps
        if step.event is None
        for look in ports.ended
        for problem in look(change, step.key).problems
    ]


def _written(
    desk: Desk, change: Change, step: LastStep, actor: str, problems: Sequence[str]
) -> Change:
    """Write down how a step came out; what another process wrote down already needs no entry."""
    now, why = desk.pace.now(), "; ".join(problems)
    with desk.store.act() as act:
        current = require(act.get(change.id), State.APPLIED)
        kept = dict(current.outcome.get(LAST, {}))
        known = kept.get(step.id, {})
        if "done_at" in known or (problems and known.get("why") == why):
            return current
        kept[step.id] = {"why": why} if problems else {"done_at": now}
        after = replace(current, updated_at=now, outcome={**current.outcome, LAST: kept})
        act.put(after)
        kind = "step-open" if problems else "step-done"
        act.record(entries.entry(after, kind, actor, now, step=step.id, says=step.says, why=why))
    return after
