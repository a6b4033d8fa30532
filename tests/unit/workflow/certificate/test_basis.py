"""Which facts moved since the last issue, and who can release that."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.canonical import canonical_bytes
from trustpath.workflow.certificate.basis import Basis, basis_from, deviations

WWW, API = "www.shop.example", "api.shop.example"
THEN = Basis(
    names=(WWW,),
    ca="le",
    account="https://ca.example/acct/1",
    method="dns-01",
    key="ec-256",
    owner="pki",
    service="shop",
    addresses={WWW: ("192.0.2.1",)},
    ours=(WWW,),
    caa={WWW: ('0 issue "ca.example"',)},
)


def test_nothing_moved() -> None:
    assert deviations(THEN, THEN) == ()
    assert deviations(basis_from(THEN.document()), THEN) == ()


@pytest.mark.parametrize(
    ("moved", "fact", "final"),
    [
        ({"names": (WWW, API), "ours": (WWW, API)}, "names", False),
        ({"names": ()}, "names", False),
        ({"ca": "other"}, "ca", False),
        ({"account": None}, "account", False),
        ({"method": "http-01"}, "method", False),
        ({"key": "rsa-2048"}, "key", False),
        ({"owner": None}, "owner", True),
        ({"retired": True}, "service", True),
        ({"ours": ()}, "ours", True),
        ({"addresses": {WWW: ("192.0.2.2",)}}, "target", False),
        ({"addresses": {WWW: ()}}, "target", True),
        ({"caa": {WWW: ()}}, "caa", False),
    ],
    ids=str,
)
def test_each_fact_that_moves_is_told_with_who_releases_it(
    moved: dict[str, Any], fact: str, final: bool
) -> None:
    (found,) = deviations(THEN, replace(THEN, **moved))
    assert (found.fact, found.final) == (fact, final)
    assert found.releases
    assert str(found).startswith(f"{fact}: ")


def test_what_nobody_knows_is_no_deviation() -> None:
    assert deviations(THEN, replace(THEN, addresses={}, caa={})) == ()
    assert deviations(replace(THEN, addresses={}, caa={}), THEN) == ()


TEXTS = st.sampled_from(("a", "b", "c"))
SETS = st.lists(TEXTS, max_size=2, unique=True).map(lambda items: tuple(sorted(items)))
NAMES = st.lists(st.sampled_from((WWW, API)), min_size=1, max_size=2, unique=True)
BASES = st.builds(
    Basis,
    names=NAMES.map(lambda names: tuple(sorted(names))),
    ca=TEXTS,
    account=st.none() | TEXTS,
    method=TEXTS,
    key=TEXTS,
    owner=st.none() | TEXTS,
    service=st.none() | TEXTS,
    retired=st.booleans(),
    addresses=st.dictionaries(st.sampled_from((WWW, API)), SETS),
    ours=NAMES.map(lambda names: tuple(sorted(names))),
    caa=st.dictionaries(st.sampled_from((WWW, API)), SETS),
)


@given(BASES, BASES)
def test_what_is_kept_with_an_issue_comes_back_the_same(before: Basis, now: Basis) -> None:
    canonical_bytes(before.document())
    assert basis_from(before.document()) == before
    found = deviations(before, now)
    assert deviations(basis_from(before.document()), now) == found
    if not found:
        assert (before.names, before.ca, before.account) == (now.names, now.ca, now.account)


def test_a_zone_that_did_not_arrive_is_named_and_no_name_is_blamed() -> None:
    """The name may well be ours: only the transfer failed."""
    lost = replace(THEN, ours=(), silent=("example.com (dns)",))
    (said, *_) = (moved for moved in deviations(THEN, lost) if moved.fact == "ours")
    assert "not collected: example.com (dns)" in said.text
    assert "repair the source" in said.releases
    gone = replace(THEN, ours=())
    assert all("no zone of ours" in m.text for m in deviations(THEN, gone) if m.fact == "ours")
    assert basis_from(lost.document()) == lost
