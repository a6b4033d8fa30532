"""A change whose wait began with a change of ours is refused until the wait is over."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from changing import Bed, bed, serving, zone_of
from dns_servers import DnsServer
from trustpath.facts.change import Change, State
from trustpath.facts.proposal import Action, Operation, Submission
from trustpath.workflow.change.apply import WaitingError, apply, rollback
from trustpath.workflow.change.decide import get, propose
from trustpath.workflow.change.waiting import following
from trustpath.workflow.gate.assessment import Approval

pytestmark = pytest.mark.peer

OLD, NEXT = ("3 1 1 " + digits * 32 for digits in ("5a", "a5"))
NAMES = ("roll", "hurry", "take", "newcomer", "theirs", "first")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    with serving(tmp_path_factory.mktemp("bind"), [zone_of(name) for name in NAMES]) as made:
        yield made


@pytest.fixture
def made(tmp_path: Path, server: DnsServer) -> Bed:
    return bed(tmp_path / "store.db", server)


def keys(made: Bed, name: str, *texts: str, ttl: int = 300) -> Change:
    """File the change that makes these the keys of a host."""
    zone = zone_of(name)
    wanted = Operation(Action.REPLACE, zone, f"_443._tcp.{zone}", "TLSA", ttl, texts)
    return propose(made.desk, Submission("keys", operations=(wanted,)), "ann").change


def announced(made: Bed, name: str, ttl: int = 300) -> Change:
    """Serve a key, then a further one beside it."""
    for texts in ((OLD,), (OLD, NEXT)):
        change = apply(made.desk, made.ports, keys(made, name, *texts, ttl=ttl).id, "ann")
        assert change.state is State.APPLIED
    return change


def test_a_key_goes_when_its_successor_was_seen_by_all(made: Bed) -> None:
    after = announced(made, "roll", ttl=1)
    change = keys(made, "roll", NEXT, ttl=1)
    with pytest.raises(WaitingError, match=f"not before .* counted from {after.id}") as refused:
        apply(made.desk, made.ports, change.id, "ann")
    assert after.applied_at is not None
    assert refused.value.earliest == after.applied_at + 2
    assert "2 * T 1s" in refused.value.message
    assert "--emergency" in (refused.value.hint or "")
    assert get(made.desk, change.id).state is State.APPROVED
    zone = zone_of("roll")
    served = made.writer.current(zone, [(f"_443._tcp.{zone}", "TLSA")])
    assert OLD in next(iter(served.values())).rdatas  # type: ignore[union-attr]
    time.sleep(max(0, refused.value.earliest - time.time()))
    assert apply(made.desk, made.ports, change.id, "ann").state is State.APPLIED


def test_an_emergency_does_not_wait_and_is_reviewed(made: Bed) -> None:
    announced(made, "hurry")
    made.gate.needed = (Approval("record", "dns", "it is theirs"),)
    change = keys(made, "hurry", NEXT)
    ended = apply(made.desk, made.ports, change.id, "ann", emergency="the key was stolen")
    assert ended.state is State.APPLIED
    assert ended.emergency == "the key was stolen"
    assert ended.review_due is not None
    (begun,) = [e for e in made.entries() if e.kind == "change.applying" and e.subject == change.id]
    assert "not before" in begun.body["waits"][0]


def test_taking_back_waits_for_nothing(made: Bed) -> None:
    after = announced(made, "take")
    assert rollback(made.desk, made.ports, after.id, "ann").state is State.APPLIED


def test_what_came_last_may_go_at_once(made: Bed) -> None:
    announced(made, "newcomer")
    change = keys(made, "newcomer", OLD)
    assert apply(made.desk, made.ports, change.id, "ann").state is State.APPLIED


def test_of_what_others_announced_nobody_knows_when(
    made: Bed, tmp_path: Path, server: DnsServer
) -> None:
    """The wait is shown with the plan, and nothing can be counted."""
    zone = zone_of("theirs")
    other = bed(tmp_path / "other.db", server)
    announced(other, "theirs")
    change = keys(made, "theirs", NEXT)
    assert [w["since"] for w in change.assessment["waits"] if w["before"]] == [
        [f"_443._tcp.{zone}", "TLSA"]
    ]
    assert apply(made.desk, made.ports, change.id, "ann").state is State.APPLIED


def test_what_follows_is_counted_from_the_verified_end(made: Bed) -> None:
    change = keys(made, "first", OLD)
    assert following(change) == ()
    ended = apply(made.desk, made.ports, change.id, "ann")
    assert ended.applied_at is not None
    (due,) = following(ended)
    (wait,) = ended.assessment["waits"]
    assert due.at == ended.applied_at + wait["seconds"]
    assert "the announced key may be used" in due.reason
