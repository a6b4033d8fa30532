"""Running a change again after a refused write, and its last steps, with a writer in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from changing import ACTORS, NOW
from trustpath.base.errors import InputError
from trustpath.connectors.ssh_signature import SshSignatures
from trustpath.facts.change import NOBODY, Change, Plan, Said, State
from trustpath.facts.edits import Edit, Key, RecordSet, inverted, record_set
from trustpath.facts.part import Problem
from trustpath.facts.proposal import CertificateEvent, Prerequisite, Submission
from trustpath.facts.writer import RefusedError, ServerView, WriterSpec
from trustpath.ledger.entry import parse
from trustpath.store.change import ChangeStore
from trustpath.store.database import open_store
from trustpath.store.ledger import Ledger
from trustpath.workflow.change import entries
from trustpath.workflow.change.apply import apply
from trustpath.workflow.change.beside import taken_back
from trustpath.workflow.change.decide import standing_of
from trustpath.workflow.change.finish import finish
from trustpath.workflow.change.looked import Looked
from trustpath.workflow.change.ports import Desk, Patience, Ports
from trustpath.workflow.change.rules import Rules
from trustpath.workflow.gate.assessment import (
    Approval,
    Assessment,
    PlannedEdit,
    Rollback,
    Verdict,
    Wait,
)

ZONE = "example.com"
ISSUE = CertificateEvent("new", "issue", names=(f"a.{ZONE}",), job="lb")


def moved(host: str, address: str = "192.0.2.1") -> Edit:
    before, after = record_set(300, [address]), record_set(300, ["192.0.2.9"])
    return Edit(ZONE, f"{host}.{ZONE}", "A", before, after)


@dataclass
class Memory:
    """A zone in memory; ``refuses`` so many writes, ``silent`` says why it is."""

    held: dict[Key, RecordSet | None]
    refuses: int = 0
    silent: str = ""
    spec: WriterSpec = field(default_factory=lambda: WriterSpec("m", "memory", (), {}, Path()))

    def ready(self, _zone: str) -> None:
        return None

    def current(self, _zone: str, keys: Iterable[Key]) -> Mapping[Key, RecordSet | None]:
        return {key: self.held.get(key) for key in keys}

    def apply(
        self, _zone: str, edits: Sequence[Edit], _requires: Sequence[Prerequisite] = ()
    ) -> None:
        if self.refuses:
            self.refuses -= 1
            raise RefusedError("REFUSED")
        self.held |= {edit.key: edit.after for edit in edits}

    def observe(self, zone: str, keys: Iterable[Key]) -> Sequence[ServerView]:
        return (ServerView("m", 1, self.current(zone, keys), self.silent),)

    served = observe

    def for_zone(self, _zone: str) -> Memory:
        return self


@dataclass
class Time:
    """Time that goes on by a second at each question."""

    at: int = NOW

    def now(self) -> int:
        self.at += 1
        return self.at

    def monotonic(self) -> float:
        return float(self.now())

    def sleep(self, _seconds: float) -> None:
        self.now()


@dataclass
class Says:
    """A gate that says of every submission what the test wants."""

    edits: tuple[Edit, ...]
    events: tuple[CertificateEvent, ...]
    waits: tuple[Wait, ...] = ()
    needed: tuple[Approval, ...] = ()

    def refresh(self) -> None:
        return None

    def assess(self, submission: Submission, said: Said = NOBODY) -> Assessment:
        del said
        return Assessment(
            verdict=Verdict.ALLOW,
            digest="d",
            basis="b",
            now=NOW,
            origin=submission.origin,
            edits=tuple(PlannedEdit(edit, "L") for edit in self.edits),
            events=self.events,
            impact=(),
            surface=(),
            approvals=self.needed,
            waits=self.waits,
            rollback=Rollback(inverted(self.edits), Verdict.ALLOW, None),
            unknown=(),
            neutral=(),
        )


@dataclass
class Carries:
    """Carries every event out, and notes it."""

    carried: list[str]

    def __call__(self, _change: Change, event: CertificateEvent, _actor: str) -> Sequence[Problem]:
        self.carried.append(event.id)
        return ()

    def ready(self, _change: Change) -> Sequence[str]:
        return ()


@dataclass
class Bench:
    """A store with one change, C1, and all that it needs."""

    store: ChangeStore
    desk: Desk
    ports: Ports
    zone: Memory
    time: Time
    engine: Engine

    def get(self, change: str = "C1") -> Change:
        with self.store.reading() as reader:
            return reader.get(change)

    def put(self, change: Change) -> None:
        with self.store.act() as act:
            act.put(change)
            act.record(entries.entry(change, "proposed", "ann", NOW))


def bench(
    folder: Path,
    *edits: Edit,
    events: tuple[CertificateEvent, ...] = (),
    waits: tuple[Wait, ...] = (),
    needed: tuple[Approval, ...] = (),
    state: State = State.APPROVED,
) -> Bench:
    engine = open_store(f"sqlite:///{folder / 's.db'}")
    store = ChangeStore(engine)
    zone, time = Memory({edit.key: edit.before for edit in edits}), Time()
    desk = Desk(store, Says(edits, events, waits, needed), Rules(ACTORS), SshSignatures(), time)
    ports = Ports(store, zone, time, "test", patience=Patience(verify=5, interval=0))
    made = Bench(store, desk, ports, zone, time, engine)
    plan = Plan(edits, events, inverted(edits))
    made.put(Change("C1", "ann", "a test", state, "d", "b", "allow", plan, {}, NOW, NOW))
    return made


def test_the_new_endpoint_is_looked_at_again_after_a_refused_first_write(tmp_path: Path) -> None:
    made = bench(tmp_path, moved("a"), events=(ISSUE,))
    carried: list[str] = []
    looks = [Looked(), Looked((Problem("no certificate was seen there", "192.0.2.9"),))]

    ports = replace(made.ports, events=Carries(carried), ahead=(lambda _change: looks.pop(0),))
    made.zone.refuses = 1
    assert apply(made.desk, ports, "C1", "ann").state is State.APPROVED
    ended = apply(made.desk, ports, "C1", "ann")
    assert (carried, looks) == (["new", "new"], []), "it was looked at once only"
    assert "no certificate was seen" in ended.outcome["why"]
    assert made.zone.held[moved("a").key] == moved("a").before, "the records stay"


@pytest.mark.parametrize("former", [State.APPROVED, State.PROPOSED])
def test_a_refused_emergency_leaves_the_change_as_it_was(tmp_path: Path, former: State) -> None:
    early = Wait("T", 3600, "caches", since=moved("a").key, before=True)
    needed = (Approval("record", "dns", "r"),) if former is State.PROPOSED else ()
    made = bench(tmp_path, moved("a"), waits=(early,), needed=needed, state=former)
    earlier = replace(made.get(), id="C0", state=State.APPLIED, applied_at=NOW)
    made.put(earlier)
    made.zone.refuses = 1
    ended = apply(made.desk, made.ports, "C1", "root", emergency="it is down")
    assert (ended.state, ended.emergency, ended.review_due) == (former, None, None)


def test_each_last_step_is_open_for_its_own_reason(tmp_path: Path) -> None:
    made = bench(tmp_path, moved("a"), moved("b", "192.0.2.2"), events=(ISSUE,))
    made.zone.held |= {edit.key: edit.after for edit in made.get().plan.edits}
    made.put(replace(made.get(), state=State.APPLIED, applied_at=NOW))

    def ended(_change: Change, key: Key) -> Looked:
        return Looked((Problem("it is still served"),) if key[0] == f"b.{ZONE}" else ())

    change = finish(made.desk, replace(made.ports, ended=(ended,)), "C1", "ann")
    steps = change.outcome["last"]
    assert list(steps[f"end:a.{ZONE}:A"]) == ["done_at"]
    assert steps[f"end:b.{ZONE}:A"] == {"why": "it is still served"}


@pytest.mark.parametrize(
    ("state", "closes"),
    [
        (State.APPLIED, True),
        (State.HELD, True),
        (State.FAILED, True),
        (State.WITHDRAWN, False),
        (State.REJECTED, False),
        (State.LAPSED, False),
        (State.ROLLED_BACK, False),
    ],
)
def test_what_takes_a_change_back_closes_its_last_steps_unless_it_came_to_nothing(
    tmp_path: Path, state: State, closes: bool
) -> None:
    made = bench(tmp_path, moved("a"), events=(ISSUE,))
    first = replace(made.get(), state=State.APPLIED, applied_at=NOW)
    made.put(first)
    made.put(replace(first, id="C2", reverts="C1", state=state))
    assert bool(standing_of(made.desk, first).closed_by) is closes
    with made.store.reading() as reader:
        assert bool(taken_back(reader, first)) is closes
    if closes:
        with pytest.raises(InputError, match="C2"):
            finish(made.desk, made.ports, "C1", "ann")


REVOKE = CertificateEvent("old", "revoke", certificate="ab" * 32)


def applied(folder: Path, *events: CertificateEvent) -> Bench:
    made = bench(folder, moved("a"), events=events)
    made.zone.held |= {edit.key: edit.after for edit in made.get().plan.edits}
    made.put(replace(made.get(), state=State.APPLIED, applied_at=NOW))
    return made


@pytest.mark.parametrize("where", ["ended", "used"])
def test_nothing_is_revoked_that_is_served_again(tmp_path: Path, where: str) -> None:
    made, serves = applied(tmp_path, ISSUE, REVOKE), [False]
    carried: list[str] = []

    def look(*_asked: object) -> Looked:
        return Looked((Problem("still served", "192.0.2.1"),) if serves[0] else ())

    def passing(place: str) -> None:
        serves[0] |= place == "last.revoke:old"

    ports = replace(made.ports, events=Carries(carried), passing=passing, ended=(look,))
    ports = replace(ports, ended=(), used=(look,)) if where == "used" else ports
    change = finish(made.desk, ports, "C1", "ann")
    assert "still served" in change.outcome["last"]["revoke:old"]["why"]
    assert carried == []
    finish(made.desk, replace(ports, passing=lambda _place: None), "C1", "ann")
    assert carried == [], "step one was done, and it serves all the same"
    serves[0] = False
    finish(made.desk, replace(ports, passing=lambda _place: None), "C1", "ann")
    assert carried == ["old"]


@pytest.mark.parametrize("said", ["other", "silent"])
def test_no_last_step_is_done_where_the_records_are_not_as_applied(
    tmp_path: Path, said: str
) -> None:
    made = applied(tmp_path, ISSUE, REVOKE)
    if said == "other":
        made.zone.held |= {edit.key: edit.before for edit in made.get().plan.edits}
    else:
        made.zone.silent = "no answer"
    change = finish(made.desk, made.ports, "C1", "ann")
    ((step, held),) = change.outcome["last"].items()
    assert step == f"end:a.{ZONE}:A"
    assert ("is not what was applied" if said == "other" else "no answer") in held["why"]


def test_two_at_once_write_each_last_step_down_once(tmp_path: Path) -> None:
    made = applied(tmp_path, ISSUE, REVOKE)
    written: list[Change] = []
    carry = Carries([])

    def passing(place: str) -> None:
        if place.startswith("tried.") and not written:
            written.append(finish(made.desk, replace(made.ports, events=carry), "C1", "ann"))

    ports = replace(made.ports, events=carry, passing=passing)
    change = finish(made.desk, ports, "C1", "ann")
    assert change.outcome["last"] == written[0].outcome["last"]
    with Ledger(made.engine).reading() as reader:
        kinds = [parse(data).kind for data in reader.entries()]
    assert kinds.count("change.step-done") == 2
