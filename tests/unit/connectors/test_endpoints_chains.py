"""Judging served chains: equal chains once, memory bounded in octets."""

from __future__ import annotations

import pytest

from certs import NOW, intermediate, leaf, root
from trustpath.connectors.endpoints import chains
from trustpath.connectors.endpoints.chains import ChainJudge
from trustpath.connectors.endpoints.observation import Session
from trustpath.facts.source import RootSet

ROOT = root()
MID = intermediate(ROOT)


def session(*ders: bytes, stapled: bytes | None = None) -> Session:
    return Session(ders, stapled, "TLSv1.3", "x25519", authenticated=True)


def judge() -> ChainJudge:
    return ChainJudge(RootSet(public=(ROOT.der,)), NOW)


def test_equal_chains_are_judged_once() -> None:
    end, one = leaf(MID, "a.example"), judge()
    first = one.judge(session(end.der, MID.der))
    assert one.judge(session(bytes(bytearray(end.der)), MID.der)) is first
    assert one.judge(session(end.der, MID.der, stapled=b"x")) is not first
    assert one.judge(session(end.der)) is not first


def test_eviction_changes_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = [leaf(MID, f"{i}.example") for i in range(20)]
    roomy = judge()
    wanted = [roomy.judge(session(end.der, MID.der)) for end in ends]
    size = len(ends[0].der) + len(MID.der)
    monkeypatch.setattr(chains, "_KEPT", 3 * size)
    monkeypatch.setattr(chains, "_BUILT", 5 * size)
    tight = judge()
    for _ in range(2):
        assert [tight.judge(session(end.der, MID.der)) for end in ends] == wanted
    assert tight._kept <= 3 * size + 100
    assert len(tight._judged) <= 4


def test_a_chain_larger_than_the_room_is_judged_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chains, "_KEPT", 10)
    end, one = leaf(MID, "a.example"), judge()
    for _ in range(2):
        assert one.judge(session(end.der, MID.der)).path is not None


def test_a_certificate_served_twice_has_one_set_of_rows() -> None:
    end = leaf(MID, "a.example")
    found = judge().judge(session(end.der, MID.der, MID.der, end.der))
    assert len(found.fingerprints) == 4
    assert len(found.rows) == len(set(found.rows))


@pytest.mark.parametrize("position", [0, 1])
def test_an_unreadable_certificate_is_named(position: int) -> None:
    ders = [leaf(MID, "a.example").der, MID.der]
    ders[position] = b"\x30\x03\x02\x01\x00"
    found = judge().judge(session(*ders, stapled=b"x"))
    assert len(found.fingerprints) == 2
    assert f"certificate {position}" in found.unreadable[0]
    assert (found.path is None) == (position == 0)
    assert found.ocsp is None
