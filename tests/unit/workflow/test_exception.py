"""Exceptions: complete or refused, in the ledger, facts while they stand and after they expired."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from changing import actor
from trustpath.base.clock import FixedClock
from trustpath.base.errors import InputError
from trustpath.facts.change import Grant
from trustpath.facts.relations.declaration import Waiver
from trustpath.ledger.entry import parse
from trustpath.store.change import ChangeStore
from trustpath.store.database import open_store
from trustpath.store.ledger import Ledger
from trustpath.workflow.exception import GrantSource, Terms, grant, revoke, state_of

NOW = 1_795_500_000
DAN = actor("dan", "dns", "approver")
TERMS = Terms("CAA-002", "www.example.com", "dns", "migration", "CT is watched", NOW + 86_400)


@pytest.fixture
def store(tmp_path: Path) -> ChangeStore:
    return ChangeStore(open_store(f"sqlite:///{tmp_path / 'a.db'}"))


def waivers(store: ChangeStore) -> list[Waiver]:
    (part,) = GrantSource(store, FixedClock(NOW), Path()).collect()
    return [fact for fact in part.facts if isinstance(fact, Waiver)]


def test_it_is_a_fact_until_it_is_revoked_and_both_are_recorded(store: ChangeStore) -> None:
    given = grant(store, DAN, TERMS, {"dns"}, NOW)
    second = grant(store, DAN, replace(TERMS, subject=None), {"dns"}, NOW)
    assert (given.id, second.id) == ("X1", "X2")
    assert waivers(store)[0] == Waiver(
        "X1", "CAA-002", "www.example.com", "dns", "migration", "CT is watched", NOW + 86_400
    )
    revoke(store, DAN, "x1", "done", NOW + 10)
    assert [waiver.id for waiver in waivers(store)] == ["X2"]
    assert [state_of(g, NOW + 20) for g in store.grants()] == ["revoked", "valid"]
    with Ledger(store._database).reading() as reader:
        entries = [parse(data) for data in reader.entries()]
    assert [(e.kind, e.subject) for e in entries] == [
        ("exception.granted", "X1"),
        ("exception.granted", "X2"),
        ("exception.revoked", "X1"),
    ]
    assert entries[0].body["control"] == "CT is watched"


def test_what_has_expired_stays_a_fact_so_that_a_rule_can_find_it(store: ChangeStore) -> None:
    grant(store, DAN, TERMS, {"dns"}, NOW)
    (given,) = store.grants()
    assert state_of(given, NOW + 86_401) == "expired"
    assert len(waivers(store)) == 1


@pytest.mark.parametrize(
    ("key", "value", "option"),
    [
        ("reason", " ", "--reason"),
        ("control", "", "--control"),
        ("owner", "nobody", "--owner"),
        ("until", NOW, "--until"),
    ],
    ids=["reason", "control", "owner", "until"],
)
def test_an_incomplete_one_is_refused(
    store: ChangeStore, key: str, value: object, option: str
) -> None:
    with pytest.raises(InputError) as caught:
        grant(store, DAN, replace(TERMS, **{key: value}), {"dns"}, NOW)  # type: ignore[arg-type]
    assert caught.value.where == option
    assert store.grants() == []


def test_it_takes_a_role_and_something_to_revoke(store: ChangeStore) -> None:
    with pytest.raises(InputError, match="grants no exceptions"):
        grant(store, actor("ann", "dns", "requester"), TERMS, {"dns"}, NOW)
    with pytest.raises(InputError, match="no exception"):
        revoke(store, DAN, "X1", "", NOW)
    grant(store, DAN, TERMS, {"dns"}, NOW)
    revoke(store, DAN, "X1", "", NOW)
    with pytest.raises(InputError, match="no exception"):
        revoke(store, DAN, "X1", "", NOW)


def test_grants_come_back_as_they_were(store: ChangeStore) -> None:
    given = grant(store, DAN, TERMS, (), NOW)
    assert store.grants() == [given]
    assert isinstance(given, Grant)
