"""Once the world is well again every bundle ends, and past its pivot it ends done.

The real machine and the real rule for changes that came to nothing walk the real plans over the
small world of the model check. Here its two name servers may be down or stale for a while, people
reject, writes are refused, and the process is killed at every place between two durable acts. When
that is over a person resumes the bundle where it is stuck; and no client sees a mismatch meanwhile.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bundle_world import KINDS, NEW, OLD, World, permitted, rest_of, world_of
from trustpath.facts.bundle import Bundle, BundleState, Step, StepState, Verb
from trustpath.facts.change import State
from trustpath.workflow.bundle import attempt, machine, plans
from trustpath.workflow.bundle.attempt import Course

PATIENCE = 60
"""Seconds for which a change waits for every server."""


class Ill(enum.StrEnum):
    """What is wrong with the world while it is not well."""

    DOWN = "down"
    """The second server answers nothing; it serves what it held."""
    STALE = "stale"
    """The second server answers, and hears of nothing new."""
    REJECTED = "rejected"
    """Whoever is asked says no."""
    REFUSED = "refused"
    """The primary takes no write."""
    UNSERVED = "unserved"
    """What is deployed is not served: the predecessor is put back."""


class KilledError(Exception):
    """The process was killed."""


@dataclass(frozen=True)
class Vain:
    """A step whose change came to nothing; ``passing``: it may be made again unasked."""

    change: str
    passing: bool


@dataclass
class Filed:
    """One change of a step: where it is, and what it wrote over."""

    id: str
    state: State = State.PROPOSED
    before: frozenset[str] = frozenset()


@dataclass
class Town:
    """A world that is ill while step ``at`` is done, or taken back, and one kill.

    ``kill`` is the number of the place at which the process is killed, ``heals_after`` how many
    changes come to nothing before the world is well by itself.
    """

    world: World
    record: str
    ill: Ill | None = None
    at: int = -1
    back: bool = False
    kill: int = -1
    heals_after: int = -1
    passed: int = 0
    vain: int = 0
    changes: dict[tuple[int, bool], list[Filed]] = field(default_factory=dict)
    held: list[tuple[int, frozenset[str]]] = field(default_factory=list)

    def place(self) -> None:
        """Pass a place between two durable acts."""
        self.passed += 1
        if self.passed - 1 == self.kill:
            raise KilledError

    def is_ill(self, number: int, *, back: bool, ill: Ill) -> bool:
        return self.ill is ill and self.at == number and self.back == back

    def publish(self, value: frozenset[str], *, lags: bool) -> None:
        """Write to the primary; the second server follows, unless it is to lag."""
        first, second = self.world.records[self.record]
        first.append((self.world.now, value))
        if lags:
            self.held.append((self.world.now, value))
        else:
            second.append((self.world.now + self.world.lag, value))

    def heal(self) -> None:
        """Let the world be well: the second server has what the first has."""
        self.ill = None
        if self.held:
            _, second = self.world.records[self.record]
            second.append((self.world.now + self.world.lag, self.world.live(self.record)))
            self.held.clear()
            self.world.now += self.world.lag

    # -- a step --

    def do(self, bundle: Bundle, number: int, *, back: bool) -> Vain | None:
        """Do a step or take it back; returns what came to nothing, if anything did."""
        step = bundle.steps[number]
        if step.verb is Verb.CHANGE:
            return self._changed(bundle, number, back=back)
        if step.verb is Verb.ORDER:
            return self._ordered(bundle, number, back=back)
        return None

    def _changed(self, bundle: Bundle, number: int, *, back: bool) -> Vain | None:
        filed = self.changes.setdefault((number, back), [])
        if back and not self._stands(number):
            return None
        last = filed[-1] if filed else None
        told = last is not None and last.id == bundle.steps[number].spent
        way = attempt.course(last.state if last else None, told=told)
        if way is Course.TAKE_BACK and last is not None:
            self._restore(last, number, back=back)
            way = attempt.course(last.state, told=last.state is not State.FAILED)
        if way is Course.TELL and last is not None:
            return Vain(last.id, attempt.may_pass(last.state))
        if way is Course.PROPOSE:
            last = Filed(f"C{number}{'b' if back else ''}-{len(filed)}")
            last.before = self.world.live(self.record)
            filed.append(last)
            self.place()
        assert last is not None
        return self._carried(last, bundle.steps[number], number, back=back)

    def _stands(self, number: int) -> bool:
        """Say whether a step changed anything that is not taken back; half of it is ended first."""
        forward = self.changes.get((number, False), [])
        if not forward:
            return False
        if forward[-1].state in (State.FAILED, State.APPLYING):
            self._restore(forward[-1], number, back=True)
        taken = any(c.state is State.APPLIED for c in self.changes.get((number, True), []))
        return forward[-1].state in (State.APPLIED, State.FAILED) and not taken

    def _carried(self, change: Filed, step: Step, number: int, *, back: bool) -> Vain | None:
        if change.state is State.PROPOSED:
            if self.is_ill(number, back=back, ill=Ill.REJECTED) and not back:
                change.state = State.REJECTED
                return Vain(change.id, attempt.may_pass(change.state))
            change.state = State.APPLYING
            self.place()
        if change.state is State.APPLYING:
            self._apply(change, step, number, back=back)
            self.place()
        if change.state is State.APPLIED:
            return None
        return Vain(change.id, attempt.may_pass(change.state))

    def _apply(self, change: Filed, step: Step, number: int, *, back: bool) -> None:
        if self.is_ill(number, back=back, ill=Ill.REFUSED):
            change.state = State.ROLLED_BACK
            return
        wanted = self.former() if back else self._wanted(str(step.what["make"]))
        lags = self._lags(number, back=back)
        if wanted != self.world.live(self.record):
            self.publish(wanted, lags=lags)
            self.place()
        if not lags:
            self.world.now += self.world.lag
            change.state = State.APPLIED
            return
        self.world.now += PATIENCE
        self._restore(change, number, back=back)

    def _lags(self, number: int, *, back: bool) -> bool:
        return any(self.is_ill(number, back=back, ill=ill) for ill in (Ill.DOWN, Ill.STALE))

    def _restore(self, change: Filed, number: int, *, back: bool) -> None:
        if change.before != self.world.live(self.record):
            self.publish(change.before, lags=self._lags(number, back=back))
        # One that answers with the old content is where it should be; one that is down may not be.
        down = self.is_ill(number, back=back, ill=Ill.DOWN)
        change.state = State.FAILED if down else State.ROLLED_BACK
        self.world.now += PATIENCE if down else self.world.lag

    def _wanted(self, make: str) -> frozenset[str]:
        present = self.world.live(self.record)
        if make in ("tlsa-add", "caa-widen", "account-widen"):
            return present | {NEW}
        if make in ("tlsa-withdraw", "caa-narrow", "account-narrow"):
            return frozenset({NEW})
        return frozenset({"b1", "b2"})

    def former(self) -> frozenset[str]:
        """Return what the records were before."""
        return frozenset({"a1", "a2"} if self.record == "address" else {OLD})

    def _ordered(self, bundle: Bundle, number: int, *, back: bool) -> Vain | None:
        if back:
            for endpoint in self.world.leaf:
                self.world.use(endpoint, OLD)
            return None
        filed = self.changes.setdefault((number, False), [])
        last = filed[-1] if filed else None
        told = last is not None and last.id == bundle.steps[number].spent
        way = attempt.course(last.state if last else None, told=told)
        if way is Course.TELL and last is not None:
            return Vain(last.id, passing=False)
        if way is Course.PROPOSE:
            last = Filed(f"O{number}-{len(filed)}")
            filed.append(last)
            self.place()
        assert last is not None
        if self.is_ill(number, back=False, ill=Ill.REJECTED):
            last.state = State.REJECTED
            return Vain(last.id, passing=False)
        if "caa" in self.world.records:
            permitted(self.world, NEW)
        for endpoint in self.world.leaf:
            self.world.use(endpoint, NEW)
        self.place()
        if self.is_ill(number, back=False, ill=Ill.UNSERVED):
            self.world.now += 1
            for endpoint in self.world.leaf:
                self.world.use(endpoint, OLD)
            last.state = State.ROLLED_BACK
            return Vain(last.id, passing=False)
        last.state = State.APPLIED
        return None


def walk(bundle: Bundle, town: Town, cancel_at: int | None = None) -> Bundle:
    """Carry a bundle on until it rests; the process that is killed is followed by another."""
    world = town.world
    for _ in range(400):
        action = machine.next_action(bundle, world.now)
        if isinstance(action, machine.Rest):
            return bundle
        if isinstance(action, machine.Until):
            world.now = action.at
            continue
        number = action.number
        if number == cancel_at and not action.back:
            bundle = machine.cancel(bundle, world.now)
            continue
        try:
            if not action.back:
                bundle = machine.begun(bundle, number, world.now)
            town.place()
            found = town.do(bundle, number, back=action.back)
            town.place()
        except KilledError:
            world.now += 1
            continue
        world.now += 1
        if isinstance(found, Vain):
            town.vain += 1
            if town.vain == town.heals_after:
                town.heal()
            bundle = machine.failed(
                bundle, number, world.now, "in vain", passing=found.passing, spent=found.change
            )
        elif action.back:
            bundle = machine.undone(bundle, number, world.now)
        else:
            rest = rest_of(bundle.steps[number], world)
            bundle = machine.done(bundle, number, world.now, rest=rest)
    raise AssertionError(f"the bundle never rests: {bundle}")


def check(
    kind: str, ill: Ill, at: int, *, back: bool = False, kill: int = -1, heals_after: int = -1
) -> Town:
    """Walk a bundle through an illness, let the world be well, resume it, and see its end."""
    record, invariant, arguments = KINDS[kind]
    bundle = plans.build("B1", kind, "s", "a", 0, **arguments)
    town = Town(world_of(record, 3600, 30), record, ill, at, back, kill, heals_after)
    rested = walk(bundle, town, bundle.pivot - 1 if back else None)
    if rested.state is BundleState.STUCK:
        assert machine.way_out(rested), "whoever looks is told what to do"
        town.heal()
        town.world.now += 1
        rested = walk(machine.resume(rested, town.world.now), town)
    beyond = rested.steps[rested.pivot - 1].state is StepState.DONE
    assert rested.state in (BundleState.DONE, BundleState.CANCELLED), rested
    assert rested.state is BundleState.DONE or not beyond
    final = town.world.live(record)
    if rested.state is BundleState.CANCELLED:
        assert final == town.former(), "what was begun is taken back"
        assert {town.world.serves(e, town.world.now) for e in town.world.leaf} == {OLD}
    else:
        assert OLD not in final
        assert "a1" not in final
        for endpoint in {"a1", "a2"} & set(town.world.leaf):
            town.world.use(endpoint, "nothing")
    invariant(town.world)
    return town


def cases() -> Iterator[tuple[str, Ill, int, bool]]:
    """Yield every kind, illness, step and direction."""
    for kind in KINDS:
        steps, pivot = plans.PLANS[kind](**KINDS[kind][2])
        for ill in Ill:
            yield from ((kind, ill, number, False) for number in range(len(steps)))
            yield from ((kind, ill, number, True) for number in range(pivot))


@pytest.mark.parametrize(("kind", "ill", "number", "back"), list(cases()))
def test_every_bundle_ends_once_the_world_is_well(
    kind: str, ill: Ill, number: int, back: bool
) -> None:
    for heals_after in (-1, 1, 3):
        check(kind, ill, number, back=back, heals_after=heals_after)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ill", Ill)
def test_it_does_wherever_the_process_is_killed(kind: str, ill: Ill) -> None:
    steps, pivot = plans.PLANS[kind](**KINDS[kind][2])
    for number in range(len(steps)):
        for back in (False, True) if number < pivot else (False,):
            places = check(kind, ill, number, back=back, heals_after=2).passed
            for kill in range(places):
                check(kind, ill, number, back=back, kill=kill, heals_after=2)


@given(
    case=st.sampled_from(list(cases())),
    kill=st.integers(-1, 60),
    heals_after=st.integers(-1, 12),
)
def test_it_does_however_long_it_is_ill(
    case: tuple[str, Ill, int, bool], kill: int, heals_after: int
) -> None:
    kind, ill, number, back = case
    check(kind, ill, number, back=back, kill=kill, heals_after=heals_after)


def test_the_check_sees_a_change_that_is_raised_again_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def raised(state: State | None, *, told: bool) -> Course:
        return attempt_course(state, told=False)

    attempt_course = attempt.course
    monkeypatch.setattr(attempt, "course", raised)
    with pytest.raises(AssertionError):
        check("change-ca", Ill.REJECTED, 3)
