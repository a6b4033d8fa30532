"""Which state may follow which, and that every act of the pipeline is one of those."""

from __future__ import annotations

from dataclasses import replace

import pytest

from trustpath.base.errors import InputError
from trustpath.facts.change import plain
from trustpath.facts.order import UNDER_WAY, Issuance, IssuanceState, SeenWindow, issuance_from
from trustpath.workflow.certificate import entries
from trustpath.workflow.certificate.state import FOLLOWING, follow

ISSUANCE = Issuance(
    id="O1",
    job="web",
    issuer="le",
    ca="le",
    method="dns-01",
    names=("www.shop.example",),
    spki="ab" * 32,
    state=IssuanceState.REGISTERED,
    created_at=1,
    updated_at=1,
    basis={"caa": {"www.shop.example": ["x"]}},
    window=SeenWindow(1, 2, 3),
)


def test_every_state_has_its_followers_and_what_is_under_way_can_end() -> None:
    assert set(FOLLOWING) == set(IssuanceState)
    for state in UNDER_WAY:
        reached, left = {state}, [state]
        while left:
            further = FOLLOWING[left.pop()] - reached
            reached |= further
            left += further
        assert {IssuanceState.VERIFIED, IssuanceState.FAILED} <= reached


def test_nothing_is_issued_without_an_order() -> None:
    for after in (IssuanceState.ISSUED, IssuanceState.DEPLOYED, IssuanceState.VERIFIED):
        with pytest.raises(InputError, match="cannot become"):
            follow(ISSUANCE, after)
    assert not FOLLOWING[IssuanceState.REVOKED]
    # What is held was never ordered: it goes on from its intent, or is given up.
    assert FOLLOWING[IssuanceState.HELD] == {IssuanceState.REGISTERED, IssuanceState.FAILED}


def test_an_issuance_comes_back_as_it_was_kept() -> None:
    assert issuance_from(plain(ISSUANCE)) == ISSUANCE
    bare = replace(ISSUANCE, window=None)
    assert issuance_from(plain(bare)) == bare


def test_entries_say_what_the_certificate_is_matched_by_and_stay_small() -> None:
    told = entries.intent(ISSUANCE, "ann")
    assert (told.kind, told.subject, told.actor) == ("certificate.intent", "O1", "ann")
    assert told.body["names"] == ["www.shop.example"]
    assert told.body["spki"] == ISSUANCE.spki
    assert "replaces" not in told.body
    many = entries.entry(ISSUANCE, "ordered", "ann", 5, caa=[str(n) for n in range(500)])
    assert len(many.body["caa"]) == entries.LISTED
    assert many.body["caa_in_all"] == 500
    many.encode()
