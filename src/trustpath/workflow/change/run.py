"""Running a change: zone by zone, intent before and outcome after, to its end or back.

What is done next follows from the stored state and steps alone, so that going on after a crash is
the same as going on: whoever has the change looks at what is written down, asks the zones about the
one write of which only the intent is known, and continues.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from trustpath.facts.change import UNDER_WAY, Change, Direction, State, Step, StepState
from trustpath.facts.edits import Edit, inverted
from trustpath.facts.part import Problem
from trustpath.facts.proposal import CertificateEvent
from trustpath.workflow.change import entries, zones
from trustpath.workflow.change.ports import Act, Going, Held, Ports
from trustpath.workflow.change.stages import ahead_of, carried_alone
from trustpath.workflow.change.state import WAS, follow

FORWARD, BACK = Direction.FORWARD, Direction.BACK
_KEPT = ("measured", "verified", "why", WAS)


class Runner:
    """Takes one change that is under way to its end.

    ``begun``: this process wrote the intent of the first write down, and nobody tried it yet.
    """

    def __init__(self, ports: Ports, change: str, actor: str, *, begun: bool = False) -> None:
        self._ports = ports
        self._id = change
        self._actor = actor
        self._begun = begun
        self._at_once = begun

    def run(self) -> Change:
        """Go on until the change has ended, or stands still for a reason that it names.

        Raises SourceError when a primary does not say what it holds, and BusyError when another
        process took over: the change stays as it is written down, and ``resume`` goes on.
        """
        with self._ports.store.reading() as reader:
            change = reader.get(self._id)
        steps = {
            State.APPLYING: self._apply,
            State.VERIFYING: self._verify,
            State.ROLLING_BACK: self._undo,
        }
        while change.state in UNDER_WAY:
            before = change
            change = steps[before.state](before)
            if change.state is before.state:
                break
        return change

    # -- forward --

    def _apply(self, change: Change) -> Change:
        first = ahead_of(change.plan.edits, change.plan.ours)
        step = self._step(change, FORWARD, 0)
        if first and (step is None or _of_an_earlier_try(change, step)):
            problems = self._carry_out(change, first)
            problems = problems or [p for look in self._ports.ahead for p in look(change).problems]
            if problems:
                return self._stopped(change, problems)
            self._ports.passing("obtained")
        for number, zone in enumerate(change.plan.zones):
            taken = self._take(change, FORWARD, number, zone)
            if taken.state is not StepState.MADE:
                why = f"{zone or '.'}: {taken.detail or taken.state.value}"
                if self._untouched(taken):
                    return self._reopen(change, why)
                return self._turn(change, State.ROLLING_BACK, why=why)
        return self._turn(change, State.VERIFYING)

    def _untouched(self, taken: Step) -> bool:
        """Say whether the first write was not made, so that the change can be applied again.

        Who proposed and applied it in one act (``enact``) proposes anew.
        """
        first = taken.number == 0 and taken.state is StepState.NOT_MADE
        return first and not self._at_once

    def _reopen(self, change: Change, why: str) -> Change:
        """Leave a change of which nothing was made as it was before it was begun."""
        after = State(change.outcome.get(WAS, State.APPROVED))
        open_again = replace(change, emergency=None, review_due=None)
        return self._turn(open_again, after, why=why)

    def _verify(self, change: Change) -> Change:
        measured, late, asked = self._await(change.plan.edits)
        self._ports.passing("served")
        if late:
            why = "not every authoritative server has the new content: " + "; ".join(late)
            return self._turn(change, State.ROLLING_BACK, why=why, measured=measured)
        looked = [verify(change) for verify in self._ports.verifiers]
        verified = [*asked, *(text for one in looked for text in one.seen), *_left(change)]
        self._ports.passing("verified")
        problems = [problem for one in looked for problem in one.problems]
        problems = problems or self._carry_out(change, carried_alone(change.plan))
        if problems and not change.plan.edits:
            return self._stopped(change, problems, measured=measured, verified=verified)
        if problems:
            why = "; ".join(map(str, problems))
            return self._turn(
                change, State.ROLLING_BACK, why=why, measured=measured, verified=verified
            )
        return self._turn(change, State.APPLIED, measured=measured, verified=verified)

    def _stopped(self, change: Change, problems: Sequence[Problem], **details: Any) -> Change:
        """End or leave a change of which an event did not end well and no record was written."""
        why = "; ".join(map(str, problems))
        if any(isinstance(item, Going) for item in problems):
            return self._stay(change, why)
        if all(isinstance(item, Held) for item in problems):
            return self._turn(change, State.HELD, why=why)
        return self._turn(change, State.ROLLING_BACK, why=why, **details)

    def _stay(self, change: Change, why: str) -> Change:
        """Leave the change where it is, saying why; only news are recorded."""
        if change.outcome.get("why") == why:
            return change
        now = self._now()
        outcome = _outcome(change.outcome, {"why": why})
        standing = replace(change, updated_at=now, outcome=outcome)
        with self._ports.store.act() as act:
            act.put(standing)
            act.record(entries.entry(standing, "waiting", self._actor, now, why=why))
        return standing

    def _carry_out(self, change: Change, events: Sequence[CertificateEvent]) -> list[Problem]:
        """Carry certificate events out, in their order, until one does not end well."""
        if not events:
            return []
        if self._ports.events is None:
            return [Problem("nothing carries out certificate events here", change.id)]
        with self._ports.store.act() as act:
            # The answers to an order's challenges are changes of the same zones.
            act.release(change.id)
        for event in events:
            self._ports.passing(f"event.{event.id}")
            problems = self._ports.events(change, event, self._actor)
            if problems:
                return list(problems)
        return []

    def _await(self, edits: Sequence[Edit]) -> tuple[dict[str, int], list[str], list[str]]:
        """Wait for every zone; returns milliseconds by zone, what is late, and who was asked."""
        measured: dict[str, int] = {}
        late: list[str] = []
        said: list[str] = []
        for zone in dict.fromkeys(edit.zone for edit in edits):
            here = [edit for edit in edits if edit.zone == zone]
            writer = self._ports.writers.for_zone(zone)
            spent, behind, asked = zones.await_served(
                writer, zone, here, self._ports.pace, self._ports.patience
            )
            measured[zone] = round(spent * 1000)
            late += behind
            said += [f"{zone or '.'}: {text}" for text in asked]
        return measured, late, said

    # -- back --

    def _undo(self, change: Change) -> Change:
        made, unsure = self._made(change)
        if len(made) == len(change.plan.zones) and not unsure:
            looked = [look(change) for look in self._ports.backward]
            gone = [problem for one in looked for problem in one.problems]
            if gone:
                stuck = [f"the way back leads to what does not serve: {item}" for item in gone]
                return self._turn(change, State.FAILED, stuck=stuck, stands=self._stands(change))
        stuck = [f"{step.zone or '.'}: {step.detail or step.state.value}" for step in unsure]
        for step in reversed(made):
            taken = self._take(change, BACK, step.number, step.zone)
            if taken.state is not StepState.MADE:
                stuck.append(f"{step.zone or '.'}: {taken.detail or taken.state.value}")
        if not stuck:
            undone = {step.zone for step in made}
            edits = [edit.inverted() for edit in change.plan.edits if edit.zone in undone]
            _, late, _ = self._await(edits)
            stuck += late
        self._ports.passing("restored")
        stands = self._stands(change)
        if stuck:
            return self._turn(change, State.FAILED, stuck=stuck, stands=stands)
        return self._turn(change, State.ROLLED_BACK, stands=stands)

    def _stands(self, change: Change) -> list[dict[str, Any]]:
        """Return what every zone holds of the change."""
        return [
            item
            for zone in change.plan.zones
            for item in zones.what_stands(
                self._ports.writers.for_zone(zone), zone, change.plan.of_zone(zone)
            )
        ]

    def _made(self, change: Change) -> tuple[list[Step], list[Step]]:
        """Return the forward writes that stand, and those of which that cannot be told."""
        with self._ports.store.reading() as reader:
            forward = [s for s in reader.steps(change.id) if s.direction is FORWARD]
        made = [step for step in forward if step.state is StepState.MADE]
        unsure = []
        for step in forward:
            if step.state is StepState.DIFFERS:
                writer = self._ports.writers.for_zone(step.zone)
                held = zones.compare(writer, step.zone, change.plan.of_zone(step.zone))
                made += [step] if held is zones.Holds.AFTER else []
                unsure += [step] if held is zones.Holds.OTHER else []
        return sorted(made, key=lambda step: step.number), unsure

    # -- one write --

    def _take(self, change: Change, direction: Direction, number: int, zone: str) -> Step:
        """Make one write, or find out how it ended; returns its step."""
        step = self._step(change, direction, number)
        untried = step is None or self._begun
        self._begun = False
        place = f"{direction.value}.{number}"
        if step is not None and step.state is StepState.MADE:
            return step
        if step is not None and _of_an_earlier_try(change, step):
            step, untried = None, True
        if step is not None and direction is FORWARD and step.state is not StepState.INTENDED:
            return step
        self._ports.passing(f"{place}.begin")
        if step is None or step.state is not StepState.INTENDED:
            step = Step(change.id, number, zone, direction, StepState.INTENDED, self._now())
            self._write_down(change, step)
        self._ports.passing(f"{place}.intended")
        edits = change.plan.of_zone(zone)
        state, detail = zones.ensure(
            self._ports.writers.for_zone(zone),
            zone,
            edits if direction is FORWARD else inverted(edits),
            requires=change.plan.required_of(zone) if direction is FORWARD else (),
            untried=untried and direction is FORWARD and not change.plan.adopts,
            pace=self._ports.pace,
            patience=self._ports.patience,
        )
        self._ports.passing(f"{place}.written")
        step = replace(step, state=state, detail=detail, at=self._now())
        self._write_down(change, step)
        self._ports.passing(f"{place}.recorded")
        return step

    def _step(self, change: Change, direction: Direction, number: int) -> Step | None:
        with self._ports.store.reading() as reader:
            for step in reader.steps(change.id):
                if (step.direction, step.number) == (direction, number):
                    return step
        return None

    def _write_down(self, change: Change, step: Step) -> None:
        with self._ports.store.act() as act:
            keep(self._ports, act, change)
            act.put_step(step)
            act.record(entries.step(change, step, self._actor))

    # -- states --

    def _turn(self, change: Change, after: State, **details: Any) -> Change:
        now = self._now()
        with self._ports.store.act() as act:
            keep(self._ports, act, change)
            turned = follow(
                change,
                after,
                updated_at=now,
                outcome=_outcome(change.outcome, details),
                applied_at=now if after is State.APPLIED else change.applied_at,
            )
            act.put(turned)
            act.record(entries.entry(turned, after.value, self._actor, now, **details))
            if after is State.APPLIED:
                act.approve_content(turned.plan.edits, turned.id, now)
            if after not in UNDER_WAY:
                act.release(turned.id)
        self._ports.passing(after.value)
        return turned

    def _now(self) -> int:
        return self._ports.pace.now()


def keep(ports: Ports, act: Act, change: Change) -> None:
    """Take or keep the zones of a change for this process; raises BusyError."""
    now = ports.pace.now()
    zones_ = change.plan.zones
    lease = ports.patience.lease + int(ports.patience.verify * len(zones_))
    act.hold(zones_, change.id, ports.holder, now, now + lease)


def _of_an_earlier_try(change: Change, step: Step) -> bool:
    """Say whether a write failed before the change was begun this time: nothing was made by it."""
    made = step.direction is BACK or step.state is not StepState.NOT_MADE
    return not made and step.at <= (change.started_at or 0)


def _left(change: Change) -> list[str]:
    """Say which certificate events the tool carries out whose plan they come from."""
    return [
        f"{event.kind} {event.id}: left to {event.by}, which carries it out"
        for event in change.plan.events
        if event.by is not None
    ]


def _outcome(before: Mapping[str, Any], details: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: before[key] for key in _KEPT if key in before}
    return {**kept, **{key: value for key, value in details.items() if value}}
