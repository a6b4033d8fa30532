"""Bundles in the store: what is written is read, and one process carries one bundle."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustpath.base.errors import InputError
from trustpath.facts.bundle import BundleState, StepState
from trustpath.facts.change import BusyError
from trustpath.ledger.entry import Entry
from trustpath.store.change import ChangeStore
from trustpath.store.database import open_store
from trustpath.store.zone_lock import this_process
from trustpath.workflow.bundle import machine, plans

NOW = 1_790_000_000


@pytest.fixture
def store(tmp_path: Path) -> ChangeStore:
    return ChangeStore(open_store(f"sqlite:///{tmp_path / 's.db'}"))


def entry() -> Entry:
    return Entry(NOW, "a", "bundle.step", "B1", {})


def filed(store: ChangeStore) -> None:
    with store.act() as act:
        bundle = plans.build(
            act.next_bundle(), "key-rollover", "www", "ann", NOW, job="www", tlsa=["_443._tcp.a"]
        )
        act.put_bundle(bundle)
        act.record(entry())


def test_a_bundle_is_read_as_it_was_written(store: ChangeStore) -> None:
    filed(store)
    with store.act() as act:
        before = act.bundle("B1")
        after = machine.done(machine.begun(before, 0, NOW + 1), 0, NOW + 2, {"spki": "ab" * 32})
        act.put_bundle(after, [0])
        act.record(entry())
    with store.reading() as reader:
        assert reader.bundle("b1") == after
        assert reader.bundles() == [after]
        assert reader.bundles([BundleState.DONE]) == []
        assert after.steps[0].state is StepState.DONE
        assert after.steps[1:] == before.steps[1:]


def test_there_is_a_message_for_a_bundle_that_is_not_there(store: ChangeStore) -> None:
    with store.reading() as reader:
        for odd in ("B7", "7", "C1", "", "B"):
            with pytest.raises(InputError, match="there is no bundle"):
                reader.bundle(odd)


def test_only_one_process_carries_a_bundle(store: ChangeStore) -> None:
    filed(store)
    elsewhere = "another.example/7/1"
    with store.act() as act:
        act.hold_bundle("B1", elsewhere, NOW, NOW + 60)
    with store.act() as act, pytest.raises(BusyError):
        act.hold_bundle("B1", this_process(), NOW + 59, NOW + 100)
    with store.act() as act:
        act.hold_bundle("B1", this_process(), NOW + 60, NOW + 100)
        with pytest.raises(BusyError):
            act.hold_bundle("B1", elsewhere, NOW + 61, NOW + 100)
        act.release_bundle("B1")
        act.hold_bundle("B1", elsewhere, NOW + 61, NOW + 100)


def test_writing_a_bundle_leaves_who_carries_it(store: ChangeStore) -> None:
    filed(store)
    with store.act() as act:
        act.hold_bundle("B1", "another.example/7/1", NOW, NOW + 60)
        act.put_bundle(machine.pause(act.bundle("B1"), NOW))
        act.record(entry())
    with store.act() as act, pytest.raises(BusyError):
        act.hold_bundle("B1", this_process(), NOW, NOW + 60)
