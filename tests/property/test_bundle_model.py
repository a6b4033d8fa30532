"""Model check of the bundles: whoever holds a legally cached answer sees no mismatch, ever.

The real machine walks the real plans over a small world: two name servers of which one lags by P,
two endpoints, clients that hold any answer some server gave within the last TTL, a CA that holds
any CAA answer equally long. One failure is put at every step, of every sort: before its effect,
after it, half of it, or a cancellation; and the clock runs at the least the machine allows.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundle_world import KINDS, NEW, OLD, World, permitted, rest_of, world_of
from trustpath.base.errors import InputError
from trustpath.facts.bundle import Bundle, BundleState, Step, Verb
from trustpath.workflow.bundle import machine, plans


class BrokenError(Exception):
    """The single failure that a run has: final, as the machine is told."""


class KilledError(Exception):
    """The process was killed: whoever comes next goes on from what is written down."""


class Site:
    """Does the steps of a bundle in a world; ``breaks`` is (number, how) of the one failure."""

    def __init__(self, world: World, breaks: tuple[int, str] | None, record: str) -> None:
        self.world = world
        self.breaks = breaks
        self.record = record

    def do(self, step: Step, number: int, *, back: bool) -> None:
        how = self.breaks[1] if self.breaks and self.breaks[0] == number else ""
        if back and how != "back":
            how = ""
        if how:
            self.breaks = None
        if how in ("before", "back"):
            raise BrokenError
        if how == "crash-before":
            raise KilledError
        if back:
            self._undo(step)
            return
        self._act(step, half=how == "half")
        if how == "crash-after":
            raise KilledError

    def _act(self, step: Step, *, half: bool) -> None:
        world = self.world
        if step.verb is Verb.CHANGE:
            wanted = self._wanted(step.what["make"], world.live(self.record))
            if wanted != world.live(self.record):
                world.publish(self.record, wanted)
            world.now += world.lag  # a change is done when every server has it
        elif step.verb is Verb.ORDER:
            if "caa" in world.records:
                permitted(world, NEW)
            for endpoint in list(world.leaf)[: 1 if half else None]:
                world.use(endpoint, NEW)
            if half:  # not served everywhere: the predecessor is brought back at once
                world.now += 1
                self._restore()
                raise BrokenError
        elif half:
            raise BrokenError

    def _undo(self, step: Step) -> None:
        world = self.world
        if step.verb is Verb.CHANGE:
            former = frozenset({OLD}) if self.record != "address" else frozenset({"a1", "a2"})
            if world.live(self.record) != former:
                world.publish(self.record, former)
            world.now += world.lag
        elif step.verb is Verb.ORDER:
            self._restore()

    def _restore(self) -> None:
        for endpoint in self.world.leaf:
            self.world.use(endpoint, OLD)

    @staticmethod
    def _wanted(make: str, present: frozenset[str]) -> frozenset[str]:
        if make in ("tlsa-add", "caa-widen", "account-widen"):
            return present | {NEW}
        if make in ("tlsa-withdraw", "caa-narrow", "account-narrow"):
            return frozenset({NEW})
        return frozenset({"b1", "b2"})


def walk(bundle: Bundle, site: Site, cancel_at: int | None = None) -> Bundle:
    """Run a bundle to its end; a failure is one that does not pass."""
    world = site.world
    for _turn in range(200):
        action = machine.next_action(bundle, world.now)
        if isinstance(action, machine.Rest):
            return bundle
        if isinstance(action, machine.Until):
            world.now = action.at
            continue
        step = bundle.steps[action.number]
        if cancel_at == action.number and not bundle.back:
            cancel_at = None
            try:
                bundle = machine.cancel(bundle, world.now)
            except InputError:
                assert action.number >= bundle.pivot
            continue
        if not action.back:
            bundle = machine.begun(bundle, action.number, world.now)
        try:
            site.do(step, action.number, back=action.back)
        except KilledError:
            world.now += 1
            continue
        except BrokenError:
            world.now += 1
            bundle = machine.failed(bundle, action.number, world.now, "it broke", passing=False)
            if bundle.state is BundleState.STUCK:
                bundle = machine.resume(bundle, world.now)
            continue
        world.now += 1
        if action.back:
            bundle = machine.undone(bundle, action.number, world.now)
        else:
            rest = rest_of(step, world)
            bundle = machine.done(bundle, action.number, world.now, rest=rest)
    raise AssertionError("the bundle never ended")


SORTS = ("", "before", "half", "back", "crash-before", "crash-after", "cancel")


def check(kind: str, ttl: int, lag: int, number: int, sort: str) -> Bundle:
    record, invariant, arguments = KINDS[kind]
    world = world_of(record, ttl, lag)
    bundle = plans.build("B1", kind, "s", "a", 0, **arguments)
    breaks = (number, sort) if sort not in ("", "cancel") else None
    site = Site(world, breaks, record)
    # A way back that fails needs something to go back from: it is cancelled at the last moment.
    cancelled = {"cancel": number, "back": bundle.pivot - 1}.get(sort)
    ended = walk(bundle, site, cancelled)
    for endpoint in ("a1", "a2") if ended.state is BundleState.DONE else ():
        if endpoint in world.leaf:  # what a finished move lets go is gone at once
            world.use(endpoint, "nothing")
    invariant(world)
    assert ended.state in (BundleState.DONE, BundleState.CANCELLED)
    final = world.live(record)
    if ended.state is BundleState.CANCELLED:
        assert NEW not in final
        assert {world.serves(e, world.now) for e in world.leaf} == {OLD}
    elif record != "address":
        assert final == {NEW}
        assert {world.serves(e, world.now) for e in world.leaf} == {NEW}
    return ended


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_single_failure_at_every_step_leaves_no_client_with_a_mismatch(
    kind: str, sort: str
) -> None:
    steps = len(plans.PLANS[kind](**KINDS[kind][2])[0])
    for number in range(steps):
        for ttl, lag in ((60, 0), (3600, 30), (300, 900)):
            check(kind, ttl, lag, number, sort)


@given(
    kind=st.sampled_from(sorted(KINDS)),
    ttl=st.integers(1, 200_000),
    lag=st.integers(0, 100_000),
    number=st.integers(0, 8),
    sort=st.sampled_from(SORTS),
)
def test_it_holds_for_every_ttl_and_every_lag(
    kind: str, ttl: int, lag: int, number: int, sort: str
) -> None:
    check(kind, ttl, lag, number, sort)


@pytest.mark.parametrize("kind", KINDS)
def test_the_check_sees_a_wait_that_is_left_out(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "rest_of", lambda step, world: 0)
    with pytest.raises(AssertionError):
        check(kind, 3600, 30, 0, "")


def test_the_check_sees_an_order_of_steps_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(job: str, tlsa: list[str]) -> plans.Plan:
        steps, pivot = plans.key_rollover(job, tlsa)
        return (steps[0], steps[3], *steps[1:3], *steps[4:]), pivot

    monkeypatch.setitem(plans.PLANS, "key-rollover", hasty)
    with pytest.raises(AssertionError):
        check("key-rollover", 3600, 30, 0, "")
