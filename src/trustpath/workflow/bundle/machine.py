"""What a bundle does next: a pure state machine over its steps, forward and back.

The runner asks ``next_action``, does it, and hands the outcome to ``done`` or ``failed``. All that
decides is in the bundle, so that going on after a crash is the same as going on. A step that was
``RUNNING`` is simply done again: every step is made so that twice is the same as once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from trustpath.base.clock import MINUTE
from trustpath.base.errors import InputError
from trustpath.facts.bundle import ENDED, Bundle, BundleState, Step, StepState, Verb

RETRIES = 8
"""How often a step is tried when its failure may pass, before the bundle goes back."""


@dataclass(frozen=True, slots=True)
class Do:
    """Do a step now, or take it back."""

    number: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Until:
    """Nothing is to be done before an instant."""

    at: int


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing is to be done at all until a person acts, or ever."""


Action: TypeAlias = Do | Until | Rest


def next_action(bundle: Bundle, now: int) -> Action:
    """Return what to do at an instant."""
    if bundle.state is BundleState.RUNNING:
        number = _present(bundle)
        return Rest() if number is None else _timed(bundle, number, now)
    if bundle.state is BundleState.GOING_BACK:
        number = _last_done(bundle)
        if bundle.retry_at is not None and now < bundle.retry_at:
            return Until(bundle.retry_at)
        return Rest() if number is None else Do(number, back=True)
    return Rest()


def _timed(bundle: Bundle, number: int, now: int) -> Action:
    waits = [bundle.retry_at, bundle.steps[number].earliest]
    at = max((instant for instant in waits if instant is not None), default=now)
    return Until(at) if now < at else Do(number)


def _present(bundle: Bundle) -> int | None:
    return next((number for number, step in enumerate(bundle.steps) if _open(step)), None)


def _open(step: Step) -> bool:
    passed = step.alone and step.state is StepState.FAILED
    return step.state is not StepState.DONE and not passed


def alongside(bundle: Bundle, now: int) -> tuple[int, ...]:
    """Return the steps that may be done at the same time now, as far as none needs another."""
    early = bundle.retry_at is not None and now < bundle.retry_at
    if bundle.state is not BundleState.RUNNING or early:
        return ()
    numbers = [n for n, step in enumerate(bundle.steps) if step.alone and _open(step)]
    # What was interrupted comes first: it may hold what others wait for.
    return tuple(sorted(numbers, key=lambda n: bundle.steps[n].state is not StepState.RUNNING))


def _last_done(bundle: Bundle) -> int | None:
    """Return the last step that may have left something to take back.

    One that was running or failed may have had its effect, or half of it.
    """
    touched = (StepState.DONE, StepState.RUNNING, StepState.FAILED)
    for number in range(len(bundle.steps) - 1, -1, -1):
        step = bundle.steps[number]
        if step.undoable and step.state in touched:
            return number
    return None


def begun(bundle: Bundle, number: int, now: int) -> Bundle:
    """Return the bundle with a step under way; as it was where somebody stopped it."""
    step = bundle.steps[number]
    if bundle.state is not BundleState.RUNNING or step.state is StepState.RUNNING:
        return bundle
    started = step.started_at if step.started_at is not None else now
    changed = bundle.with_step(number, state=StepState.RUNNING, started_at=started)
    return replace(changed, updated_at=now)


def done(
    bundle: Bundle,
    number: int,
    now: int,
    result: Mapping[str, Any] | None = None,
    *,
    rest: int = 0,
) -> Bundle:
    """Return the bundle after a step; ``rest`` are the seconds that a WAIT for it has to last.

    They count from ``now``, when the step's effect was seen everywhere.
    """
    changed = bundle.with_step(
        number, state=StepState.DONE, ended_at=now, result=dict(result or {}), problem=""
    )
    for after, step in enumerate(bundle.steps):
        if step.verb is Verb.WAIT and step.what["after"] == number:
            changed = changed.with_step(after, earliest=now + rest)
    settled = replace(changed, updated_at=now, attempts=0, retry_at=None, problem="")
    if settled.back and number == settled.pivot - 1:
        # It was called back while it was under way, and was done all the same.
        settled = replace(settled, state=BundleState.RUNNING, back=False)
    return ended(settled)


def ended(bundle: Bundle) -> Bundle:
    """Return the bundle at its end when no step is left to do; steps that failed make it stuck."""
    if bundle.state is not BundleState.RUNNING or _present(bundle) is not None:
        return bundle
    lost = sum(step.state is StepState.FAILED for step in bundle.steps)
    if not lost:
        return replace(bundle, state=BundleState.DONE)
    problem = f"{lost} of {len(bundle.steps)} steps failed"
    return replace(bundle, state=BundleState.STUCK, problem=problem)


def postponed(bundle: Bundle, number: int, now: int, why: str, at: int) -> Bundle:
    """Return the bundle while a step waits for something outside; that is no failure."""
    changed = bundle.with_step(number, problem=why)
    return replace(changed, updated_at=now, retry_at=at, problem="")


def looks_again(bundle: Bundle) -> bool:
    """Say whether a bundle pauses only between two looks at what it waits for outside.

    The pause after a failure is another thing: that one is waited for.
    """
    return bundle.retry_at is not None and not bundle.problem


def undone(bundle: Bundle, number: int, now: int) -> Bundle:
    """Return the bundle after a step was taken back."""
    changed = bundle.with_step(number, state=StepState.UNDONE, ended_at=now)
    over = _last_done(changed) is None
    state = BundleState.CANCELLED if over else changed.state
    return replace(changed, state=state, updated_at=now, attempts=0, retry_at=None)


def failed(
    bundle: Bundle,
    number: int,
    now: int,
    problem: str,
    *,
    passing: bool,
    at: int | None = None,
    spent: str = "",
) -> Bundle:
    """Return the bundle after a step, or taking it back, failed.

    ``passing``: the reason may pass, so it is tried again, at ``at`` where somebody said when, else
    after a minute that doubles with each failure.
    Otherwise it goes back before the pivot; after it, and on the way back, a person is needed.
    A step that stands alone is passed over. ``spent`` names a change of the step that came to
    nothing, so that the next try makes another.
    """
    if spent:
        bundle = bundle.with_step(number, spent=spent)
    if bundle.steps[number].alone:
        lost = bundle.with_step(number, state=StepState.FAILED, ended_at=now, problem=problem)
        return ended(replace(lost, updated_at=now))
    if passing and bundle.attempts < RETRIES:
        retry = at if at is not None else now + (MINUTE << bundle.attempts)
        return replace(
            bundle.with_step(number, problem=problem),
            attempts=bundle.attempts + 1,
            retry_at=retry,
            updated_at=now,
            problem=problem,
        )
    if bundle.state is BundleState.GOING_BACK or number >= bundle.pivot:
        changed = bundle.with_step(number, problem=problem)
        return replace(changed, state=BundleState.STUCK, updated_at=now, problem=problem)
    changed = bundle.with_step(number, state=StepState.FAILED, ended_at=now, problem=problem)
    return _turn_back(replace(changed, problem=problem), now)


def _turn_back(bundle: Bundle, now: int) -> Bundle:
    turned = replace(
        bundle,
        state=BundleState.GOING_BACK,
        back=True,
        updated_at=now,
        attempts=0,
        retry_at=None,
    )
    if _last_done(turned) is None:
        return replace(turned, state=BundleState.CANCELLED)
    return turned


def way_out(bundle: Bundle) -> str:
    """Return at which step a bundle is stuck and what a person can do about it; else nothing."""
    if bundle.state is not BundleState.STUCK:
        return ""
    number = _last_done(bundle) if bundle.back else _present(bundle)
    alone = [n for n, step in enumerate(bundle.steps) if step.state is StepState.FAILED]
    at = next((n for n in (number, *alone) if n is not None), 0)
    step = bundle.steps[at]
    doing = "taking back " if bundle.back else ""
    change = f"; {step.spent} ended, a new change will ask for consents" if step.spent else ""
    return (
        f"{bundle.id} is stuck at {doing}step {at} ({step.says}): "
        f"{step.problem or bundle.problem}{change}; "
        f"to try it again: trustpath bundle resume {bundle.id}"
    )


def pause(bundle: Bundle, now: int) -> Bundle:
    """Stop before the next step; waits go on. Raises InputError unless it runs."""
    _require(bundle, BundleState.RUNNING)
    return replace(bundle, state=BundleState.PAUSED, updated_at=now)


def resume(bundle: Bundle, now: int) -> Bundle:
    """Go on after a pause, or try again what is stuck, in the direction it was going."""
    _require(bundle, BundleState.PAUSED, BundleState.STUCK)
    state = BundleState.GOING_BACK if bundle.back else BundleState.RUNNING
    steps = tuple(
        replace(step, state=StepState.WAITING)
        if step.alone and step.state is StepState.FAILED
        else step
        for step in bundle.steps
    )
    return replace(
        bundle,
        steps=steps,
        state=state,
        updated_at=now,
        attempts=0,
        retry_at=None,
        problem="",
    )


def cancel(bundle: Bundle, now: int) -> Bundle:
    """Take back what was done; raises InputError beyond the pivot."""
    _require(bundle, BundleState.RUNNING, BundleState.PAUSED, BundleState.STUCK)
    last = bundle.steps[bundle.pivot - 1]
    if last.state is StepState.DONE and not last.alone:
        raise InputError(
            f"it is done to {last.says!r}: from there on there is only the way on",
            where=bundle.id,
            hint=f"trustpath bundle resume {bundle.id}",
        )
    return _turn_back(bundle, now)


def _require(bundle: Bundle, *allowed: BundleState) -> None:
    if bundle.state not in allowed:
        ended = " and has ended" if bundle.state in ENDED else ""
        raise InputError(
            f"the bundle is {bundle.state.value}{ended}",
            where=bundle.id,
            hint="this is possible while it is " + ", ".join(sorted(s.value for s in allowed)),
        )
