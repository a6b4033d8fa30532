"""Model check of the bundles: whoever holds a legally cached answer sees no mismatch, ever.

The real machine walks the real plans over a small world: two name servers of which one lags by P,
two endpoints, clients that hold any answer some server gave within the last TTL, a CA that holds
any CAA answer equally long. One failure is put at every step, of every sort: before its effect,
after it, half of it, or a cancellation; and the clock runs at the least the machine allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.errors import InputError
from trustpath.facts.bundle import Bundle, BundleState, Step, Verb
from trustpath.workflow.bundle import machine, plans

OLD, NEW = "old", "new"
Timeline = list[tuple[int, frozenset[str]]]


class BrokenError(Exception):
    """The single failure that a run has: final, as the machine is told."""


class KilledError(Exception):
    """The process was killed: whoever comes next goes on from what is written down."""


@dataclass
class World:
    """Records and endpoints over time. ``sees`` are the servers' versions of a record set."""

    ttl: int
    lag: int
    now: int = 0
    records: dict[str, list[Timeline]] = field(default_factory=dict)
    leaf: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    ordered: list[str] = field(default_factory=list)

    def publish(self, name: str, value: frozenset[str]) -> None:
        first, second = self.records.setdefault(name, [[], []])
        first.append((self.now, value))
        second.append((self.now + self.lag, value))

    def start(self, name: str, *values: str) -> None:
        self.records[name] = [[(-(10**9), frozenset(values))], [(-(10**9), frozenset(values))]]

    def live(self, name: str) -> frozenset[str]:
        """What the primary holds."""
        return self.records[name][0][-1][1]

    def cached(self, name: str, at: int) -> set[frozenset[str]]:
        """Every answer that somebody may legally hold at an instant."""
        found = set()
        for server in self.records[name]:
            spans = pairwise([*server, (10**12, frozenset())])
            found |= {
                value
                for (begins, value), (ends, _) in spans
                if begins <= at and ends > at - self.ttl
            }
        return found

    def use(self, endpoint: str, leaf: str) -> None:
        self.leaf.setdefault(endpoint, []).append((self.now, leaf))

    def serves(self, endpoint: str, at: int) -> str:
        return [leaf for begins, leaf in self.leaf[endpoint] if begins <= at][-1]

    def instants(self) -> Iterator[int]:
        """Every instant at which something moves, the one before it, and where a cache runs out."""
        moments = {b for sets in self.records.values() for line in sets for b, _ in line}
        moments |= {b for line in self.leaf.values() for b, _ in line}
        for moment in sorted(moments):
            if moment >= 0:
                yield from (moment - 1, moment, moment + self.ttl - 1, moment + self.ttl)


Invariant = Callable[[World], None]


def keys_match(world: World) -> None:
    """RFC 7671 5.1: some TLSA record of whatever a client holds matches what it is served."""
    for at in world.instants():
        for endpoint in world.leaf:
            for answer in world.cached("tlsa", at):
                assert world.serves(endpoint, at) in answer, (at, endpoint, answer)


def addresses_serve(world: World) -> None:
    """Every address that a client may hold serves the name."""
    for at in world.instants():
        for answer in world.cached("address", at):
            for address in answer:
                assert world.serves(address, at) != "nothing", (at, address)


def nothing_more(_world: World) -> None:
    """Orders are checked as they are placed."""


def permitted(world: World, who: str) -> None:
    """An order: every CAA answer that the CA may still hold lets it issue."""
    for answer in world.cached("caa", world.now):
        assert who in answer, (world.now, who, answer)
    world.ordered.append(who)


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


REST: dict[str, Callable[[World], int]] = {
    "tlsa-add": lambda w: 2 * w.ttl,
    "addresses": lambda w: w.ttl + w.lag,
}


def rest_of(step: Step, world: World) -> int:
    """The wait of standards G.3 for a change, as the gate computes it."""
    if step.verb is Verb.ORDER and "rest" in step.what:
        return 2 * world.ttl
    if step.verb is not Verb.CHANGE:
        return 0
    make = REST.get(str(step.what["make"]))
    return make(world) if make else max(world.ttl, 8 * 3600) + world.lag


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


def world_of(record: str, ttl: int, lag: int) -> World:
    world = World(ttl, lag)
    if record == "address":
        world.start("address", "a1", "a2")
        for endpoint in ("a1", "a2", "b1", "b2"):
            world.leaf[endpoint] = [(-(10**9), OLD)]
    else:
        world.start(record, OLD)
        for endpoint in ("e1", "e2"):
            world.leaf[endpoint] = [(-(10**9), OLD)]
    return world


KINDS: dict[str, tuple[str, Invariant, dict[str, Any]]] = {
    "key-rollover": ("tlsa", keys_match, {"job": "j", "tlsa": ["_443._tcp.www.example"]}),
    "change-ca": (
        "caa",
        nothing_more,
        {
            "job": "j",
            "issuer": "i",
            "ca": "c",
            "caa": {"example": ['0 issue "ca.example"']},
            "former": ["former.example"],
        },
    ),
    "endpoint-move": (
        "address",
        addresses_serve,
        {"name": "www.example", "addresses": ["192.0.2.2"], "port": 443},
    ),
    "change-account": (
        "caa",
        nothing_more,
        {
            "job": "j",
            "issuer": "i",
            "caa": ["example"],
            "former": "k",
            "former_uri": "https://ca.example/1",
        },
    ),
}
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
