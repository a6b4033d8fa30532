"""Everything that is connected for commands on bundles of one estate."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from trustpath.facts.bundle import Bundle, BundleState, StepState
from trustpath.facts.change import State
from trustpath.workflow.bundle import machine
from trustpath.workflow.bundle.decide import BundleDesk
from trustpath.workflow.bundle.ports import Ports
from trustpath.workflow.bundle.records import origin_of
from trustpath.workflow.bundle.starting import Start, Wish

MOVING = (BundleState.RUNNING, BundleState.GOING_BACK)
_DECIDED = (State.APPROVED, State.REJECTED, State.WITHDRAWN, State.LAPSED)
_LOOK = 0.25
_AGAIN = 2.0
_SOON = 2


class Engine(Protocol):
    """What carries bundles on, and comes back to them after a wait or a crash."""

    def start(self, bundle: str) -> None:
        """Have a bundle carried on, unless it is already."""
        ...

    def wake(self, bundles: Iterable[str]) -> None:
        """Have bundles looked at now, although their waits are not over."""
        ...

    @property
    def troubles(self) -> Mapping[str, Exception]:
        """What keeps bundles from being looked at, by their ids."""
        ...


@dataclass(frozen=True, slots=True)
class BundleOffice:
    """An estate's bundles: who decides on them, who does their steps, what carries them on.

    ``start_of`` finds in the facts what a wish means. ``look`` does what is to be done of a bundle
    now and returns when there is more, None when it rests; ``engine`` opens what looks in time.
    """

    desk: Callable[[str], BundleDesk]
    ports: Ports
    start_of: Callable[[Wish], Start]
    look: Callable[[str], int | None]
    engine: Callable[[], AbstractContextManager[Engine]]

    def bundle(self, identity: str) -> Bundle:
        """Return one bundle; raises InputError where there is none."""
        with self.ports.store.reading() as reader:
            return reader.bundle(identity)

    def bundles(self, states: Iterable[BundleState] = ()) -> tuple[Bundle, ...]:
        """Return bundles in order, all or those in some states."""
        with self.ports.store.reading() as reader:
            return tuple(reader.bundles(states))


def carry(
    office: BundleOffice, wanted: Iterable[str] = (), *, forever: bool = False
) -> Iterator[Bundle]:
    """Carry bundles on until none has anything to do soon; yields each as it moves.

    ``wanted`` are ids, all that move where there are none. ``forever`` stays through the waits,
    and takes up bundles that are started meanwhile. What people decided is noticed at once.
    Whatever keeps a bundle from being looked at is raised; with ``forever`` it is its problem.
    """
    chosen, pace = tuple(wanted), office.ports.pace
    seen: dict[str, tuple[object, ...]] = {}
    asked: dict[str, float] = {}
    with office.engine() as engine:
        held = [b.id for b in office.bundles(MOVING) if not chosen or b.id in chosen]
        engine.wake(_woken(office, held))
        cost = 0.0
        while True:
            moving = [b for b in office.bundles(MOVING) if not chosen or b.id in chosen]
            for bundle in moving:
                if pace.monotonic() - asked.get(bundle.id, -_AGAIN) >= _AGAIN:
                    asked[bundle.id] = pace.monotonic()
                    engine.start(bundle.id)
            if not moving and not forever:
                break
            # Of a bundle with thousands of steps even looking is work.
            pace.sleep(max(_LOOK, 10 * cost))
            begun = pace.monotonic()
            after = [_troubled(office, engine, bundle.id, forever) for bundle in moving]
            yield from (bundle for bundle in after if _moved(bundle, seen))
            engine.wake(_woken(office, [b.id for b in after if _decided(office, b)]))
            if not forever and not any(_busy(bundle, pace.now()) for bundle in after):
                break
            cost = pace.monotonic() - begun


def _woken(office: BundleOffice, bundles: Sequence[str]) -> Sequence[str]:
    """Let go of what is only a pause between two looks; returns the bundles."""
    for identity in bundles:
        with office.ports.store.act() as act:
            bundle = act.bundle(identity)
            if machine.looks_again(bundle):
                act.postpone_bundle(identity, None)
    return bundles


def _decided(office: BundleOffice, bundle: Bundle) -> bool:
    """Say whether people decided on a change for which a bundle waits."""
    if not machine.looks_again(bundle):
        return False
    with office.ports.store.reading() as reader:
        for number, step in enumerate(bundle.steps):
            if step.state is StepState.RUNNING and step.problem:
                found = reader.of_origin(origin_of(bundle, number))
                if found and found[-1].state in _DECIDED:
                    return True
    return False


def _troubled(office: BundleOffice, engine: Engine, identity: str, forever: bool) -> Bundle:
    trouble = engine.troubles.get(identity)
    bundle = office.bundle(identity)
    if trouble is None:
        return bundle
    if not forever:
        raise trouble
    return replace(bundle, problem=str(trouble))


def _moved(bundle: Bundle, seen: dict[str, tuple[object, ...]]) -> bool:
    """Say whether a bundle is not as it was when it was looked at last."""
    states = tuple(step.state for step in bundle.steps)
    mark = (bundle.state, bundle.problem, bundle.retry_at, states)
    moved = seen.get(bundle.id) != mark
    seen[bundle.id] = mark
    return moved


def _busy(bundle: Bundle, now: int) -> bool:
    """Say whether a bundle has something to do now, or in a moment."""
    action = machine.next_action(bundle, now)
    return isinstance(action, machine.Do) or (
        isinstance(action, machine.Until) and action.at - now <= _SOON
    )
