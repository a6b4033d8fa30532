"""Drift on a real BIND: what was approved against what a transfer shows now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from changing import NOW, Bed, bed, content, dies_at, operations, serving, zone_of
from dns_servers import DnsServer
from trustpath.base.clock import FixedClock
from trustpath.base.errors import InputError
from trustpath.connectors.axfr import make as make_axfr
from trustpath.facts.change import State
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.proposal import Submission
from trustpath.facts.source import Context, SourceSpec
from trustpath.store.drift import DriftStore
from trustpath.workflow.change.apply import apply, resume
from trustpath.workflow.change.decide import propose
from trustpath.workflow.drift.run import ZoneDrift, accept, adopting, drift, reverting
from trustpath.workflow.drift.served import Served, served

pytestmark = pytest.mark.peer

NAMES = ("calm", "moved", "adopt", "revert", "flip", "first", "dead", "gone")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    with serving(tmp_path_factory.mktemp("drift"), [zone_of(n) for n in NAMES]) as started:
        yield started


@pytest.fixture
def made(tmp_path: Path, server: DnsServer) -> Bed:
    return bed(tmp_path / "store.db", server)


def seen(server: DnsServer, name: str) -> Sequence[Served]:
    options = {"server": server.address, "zones": [zone_of(name)]}
    spec = SourceSpec("live", "axfr", options, Path())
    return list(served([make_axfr(spec, Context(FixedClock(NOW)))]))


def accepted(made: Bed, server: DnsServer, name: str) -> DriftStore:
    """Accept what the zone serves now."""
    store = DriftStore(made.database)
    actor = made.desk.rules.actor("root")
    assert accept(made.ports.store, store, seen(server, name), actor, NOW) == (zone_of(name),)  # type: ignore[arg-type]
    return store


def looked(made: Bed, server: DnsServer, name: str) -> ZoneDrift:
    """Look once for the drift of a zone."""
    with made.desk.store.reading() as reader:
        changes = reader.changes()
    (found,) = drift(DriftStore(made.database), seen(server, name), changes, made.gate)
    return found


def meddle(made: Bed, name: str, address: str = "192.0.2.66", was: str = "192.0.2.1") -> None:
    """Change www out of band."""
    zone = zone_of(name)
    edit = Edit(zone, f"www.{zone}", "A", RecordSet(300, (was,)), RecordSet(300, (address,)))
    made.writer.apply(zone, [edit])


def test_without_an_accepted_state_nothing_is_claimed(made: Bed, server: DnsServer) -> None:
    found = looked(made, server, "first")
    assert found.approved is None
    assert "accepted" in found.problem


def test_an_applied_change_is_no_drift(made: Bed, server: DnsServer) -> None:
    accepted(made, server, "calm")
    change = propose(made.desk, Submission("t", operations=operations(zone_of("calm"))), "ann")
    assert apply(made.desk, made.ports, change.change.id, "ann").state is State.APPLIED
    found = looked(made, server, "calm")
    assert found.problem == ""
    assert found.differences == ()


def test_what_nobody_approved_is_named_with_its_impact(made: Bed, server: DnsServer) -> None:
    accepted(made, server, "moved")
    meddle(made, "moved")
    found = looked(made, server, "moved")
    (item,) = found.unapproved
    zone = zone_of("moved")
    assert item.edit == Edit(
        zone, f"www.{zone}", "A", RecordSet(300, ("192.0.2.1",)), RecordSet(300, ("192.0.2.66",))
    )
    assert item.last is None
    assert found.impact is not None
    assert [planned.edit for planned in found.impact.edits] == [item.edit]


def test_drift_becomes_a_proposal_and_then_the_approved_state(made: Bed, server: DnsServer) -> None:
    accepted(made, server, "adopt")
    meddle(made, "adopt")
    found = looked(made, server, "adopt")
    stand = propose(made.desk, adopting([found]), "ann", adopts=True)
    before = seen(server, "adopt")[0].serial
    assert apply(made.desk, made.ports, stand.change.id, "ann").state is State.APPLIED
    assert seen(server, "adopt")[0].serial == before, "nothing is written"
    assert looked(made, server, "adopt").differences == ()


def test_drift_is_taken_back(made: Bed, server: DnsServer) -> None:
    accepted(made, server, "revert")
    was = content(made.writer, zone_of("revert"))
    meddle(made, "revert")
    stand = propose(made.desk, reverting([looked(made, server, "revert")]), "ann")
    assert apply(made.desk, made.ports, stand.change.id, "ann").state is State.APPLIED
    assert content(made.writer, zone_of("revert")) == was
    assert looked(made, server, "revert").differences == ()


def test_a_change_that_came_and_went_between_two_looks_is_told(
    made: Bed, server: DnsServer
) -> None:
    accepted(made, server, "flip")
    assert looked(made, server, "flip").transient is None
    assert looked(made, server, "flip").transient is None
    meddle(made, "flip")
    meddle(made, "flip", "192.0.2.1", was="192.0.2.66")
    found = looked(made, server, "flip")
    assert found.differences == ()
    assert found.transient is not None
    assert "changed back" in found.transient
    assert looked(made, server, "flip").transient is None


def test_an_interrupted_change_is_not_called_unapproved(
    tmp_path: Path, made: Bed, server: DnsServer
) -> None:
    accepted(made, server, "dead")
    change = propose(
        made.desk, Submission("t", operations=operations(zone_of("dead"))), "ann"
    ).change
    made.database.dispose()

    def work(passing: object) -> None:
        other = bed(tmp_path / "store.db", server, passing=passing)  # type: ignore[arg-type]
        apply(other.desk, other.ports, change.id, "ann")

    assert dies_at("forward.0.written", work) < 0
    found = looked(made, server, "dead")
    assert len(found.differences) == 3
    assert {item.change for item in found.differences} == {change.id}
    assert found.unapproved == ()
    resume(made.desk, made.ports, change.id, "ann")
    assert looked(made, server, "dead").differences == ()


def test_a_zone_is_accepted_once_and_by_those_who_may(made: Bed, server: DnsServer) -> None:
    store = accepted(made, server, "gone")
    root, ann = made.desk.rules.actor("root"), made.desk.rules.actor("ann")
    for who, why in ((ann, "accepts no zone"), (root, "has an approved content")):
        with pytest.raises(InputError, match=why):
            accept(made.ports.store, store, seen(server, "gone"), who, NOW)  # type: ignore[arg-type]
    assert [(e.kind, e.subject) for e in made.entries()] == [("zone.accepted", zone_of("gone"))]


def test_a_server_that_says_nothing_leaves_it_unknown(made: Bed) -> None:
    spec = SourceSpec("live", "axfr", {"server": "127.0.0.1:1", "zones": ["gone.example"]}, Path())
    found = list(served([make_axfr(spec, Context(FixedClock(NOW)))]))
    (item,) = drift(DriftStore(made.database), found, (), made.gate)
    assert item.problem
    assert item.differences == ()
