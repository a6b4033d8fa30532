"""Claims that no tree bears out: sizes, hashes and proofs of impossible shape, and mutated ones."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.ledger import tree
from trustpath.ledger.verify import (
    EMPTY_ROOT,
    Head,
    Mismatch,
    check_consistency,
    check_inclusion,
    leaf_hash,
)

ORIGIN = "example.com/log"
LEAVES = [b"%d" % number for number in range(80)]
NODES = list(tree.grow(0, [], LEAVES))
OTHER = leaf_hash(b"other")
EMPTY = Head(ORIGIN, 0, EMPTY_ROOT)
ODD_HASHES = [b"", OTHER[:31], OTHER + b"\0", b"\0" * 64]


def fetch(wanted: Sequence[tree.Node]) -> list[bytes]:
    return [NODES[tree.position(node)] for node in wanted]


def head(size: int) -> Head:
    return Head(ORIGIN, size, tree.root(size, fetch))


@pytest.mark.parametrize(
    "old, new",
    [
        (EMPTY, Head(ORIGIN, 0, OTHER)),
        (Head(ORIGIN, 0, OTHER), EMPTY),
        (Head(ORIGIN, 0, OTHER), Head(ORIGIN, 0, OTHER)),
        (Head(ORIGIN, 0, OTHER), head(3)),
        (Head(ORIGIN, -1, EMPTY_ROOT), EMPTY),
        (Head(ORIGIN, -1, EMPTY_ROOT), Head(ORIGIN, -1, EMPTY_ROOT)),
        (head(3), EMPTY),
        (head(4), head(3)),
        (EMPTY, Head(ORIGIN, 3, EMPTY_ROOT)),
        (Head("example.net/log", 3, head(3).root), head(3)),
    ],
    ids=str,
)
def test_heads_that_cannot_follow_each_other(old: Head, new: Head) -> None:
    """There is one tree of no entries, and no other tree has its root (RFC 6962 2.1)."""
    with pytest.raises(Mismatch):
        check_consistency(old, new, [])


def test_every_tree_extends_the_one_of_no_entries_without_a_proof() -> None:
    check_consistency(EMPTY, EMPTY, [])
    check_consistency(EMPTY, head(3), [])
    with pytest.raises(Mismatch):
        check_consistency(EMPTY, head(3), [OTHER])


@pytest.mark.parametrize("odd", ODD_HASHES, ids=len)
def test_what_is_not_32_octets_is_no_hash(odd: bytes) -> None:
    with pytest.raises(Mismatch):
        check_inclusion(0, odd, [], Head(ORIGIN, 1, odd))
    with pytest.raises(Mismatch):
        check_consistency(Head(ORIGIN, 1, odd), Head(ORIGIN, 1, odd), [])
    with pytest.raises(Mismatch):
        check_consistency(EMPTY, Head(ORIGIN, 5, odd), [])
    proof = tree.inclusion_proof(2, 5, fetch)
    for at in range(len(proof)):
        with pytest.raises(Mismatch):
            check_inclusion(2, leaf_hash(b"2"), [*proof[:at], odd, *proof[at + 1 :]], head(5))
    # A node that is cut where its neighbour takes up the octets hashes to the same value.
    shifted = [proof[0][:31], proof[0][31:] + proof[1], *proof[2:]]
    with pytest.raises(Mismatch):
        check_inclusion(2, leaf_hash(b"2"), shifted, head(5))


def test_a_node_split_elsewhere_is_no_proof() -> None:
    """``left || right`` cut one octet later hashes the same; only the lengths tell."""
    one, two = leaf_hash(b"0"), leaf_hash(b"1")
    check_inclusion(0, one, [two], head(2))
    with pytest.raises(Mismatch):
        check_inclusion(0, one + two[:1], [two[1:]], head(2))
    with pytest.raises(Mismatch):
        check_consistency(Head(ORIGIN, 1, one + two[:1]), head(2), [two[1:]])


@pytest.mark.parametrize(
    "index, size", [(0, 0), (-1, 5), (5, 5), (6, 5), (0, -1), (-2, -1)], ids=str
)
def test_there_is_no_entry_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(Mismatch):
        check_inclusion(index, OTHER, [], Head(ORIGIN, size, OTHER))


def test_a_proof_longer_than_any_is_refused_without_hashing_it() -> None:
    with pytest.raises(Mismatch, match="too long"):
        check_inclusion(0, OTHER, [OTHER] * 100_000, Head(ORIGIN, (1 << 62) + 1, OTHER))
    with pytest.raises(Mismatch, match="too long"):
        check_consistency(head(3), Head(ORIGIN, 1 << 62, OTHER), [OTHER] * 100_000)


HASHES = st.sampled_from([*NODES[:40], EMPTY_ROOT, OTHER, *ODD_HASHES])


@st.composite
def mutated(draw: st.DrawFn, proof: Sequence[bytes]) -> list[bytes]:
    """Return the proof with some of its nodes changed, left out, doubled, swapped or added."""
    nodes = list(proof)
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(nodes)))
        match draw(st.sampled_from(["put", "insert", "drop", "swap", "flip"])):
            case "put":
                nodes[at : at + 1] = [draw(HASHES)]
            case "insert":
                nodes.insert(at, draw(HASHES))
            case "drop":
                del nodes[at : at + 1]
            case "swap":
                nodes[at : at + 2] = reversed(nodes[at : at + 2])
            case _ if at < len(nodes) and nodes[at]:
                flipped = bytearray(nodes[at])
                flipped[draw(st.integers(0, len(flipped) - 1))] ^= draw(st.integers(1, 255))
                nodes[at] = bytes(flipped)
            case _:
                pass
    return nodes


@given(st.data())
def test_only_the_true_claim_of_inclusion_verifies(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 40))
    index = data.draw(st.integers(0, size - 1))
    place = data.draw(st.sampled_from([index, index, index + 1, index - 1, index ^ 1, -index]))
    leaf = data.draw(st.one_of(st.just(leaf_hash(LEAVES[index])), HASHES))
    proof = data.draw(mutated(tree.inclusion_proof(index, size, fetch)))
    # Heads are signed, so that a size with the root of another is no claim that anybody makes.
    wrong = [Head(ORIGIN, size, root) for root in (EMPTY_ROOT, leaf_hash(b"none"), *ODD_HASHES)]
    claimed = data.draw(
        st.sampled_from(
            [
                head(size),
                head(size),
                head(size + 1),
                head(size - 1),
                head(size)._replace(size=0),
                *wrong,
            ]
        )
    )
    if (
        0 <= place < claimed.size
        and claimed == head(claimed.size)
        and leaf == leaf_hash(LEAVES[place])
        and proof == tree.inclusion_proof(place, claimed.size, fetch)
    ):
        check_inclusion(place, leaf, proof, claimed)
        return
    with pytest.raises(Mismatch):
        check_inclusion(place, leaf, proof, claimed)


@given(st.data())
def test_only_the_true_claim_of_consistency_verifies(data: st.DataObject) -> None:
    new = data.draw(st.integers(0, 40))
    old = data.draw(st.integers(0, new))
    proof = tree.consistency_proof(old, new, fetch)
    before, after = head(old), head(new)
    check_consistency(before, after, proof)
    claim = (
        before._replace(root=data.draw(st.one_of(st.just(before.root), HASHES))),
        after._replace(root=data.draw(st.one_of(st.just(after.root), HASHES))),
        data.draw(mutated(proof)),
    )
    # Whatever grew from nothing is consistent with nothing, and every tree with itself.
    first, second, nodes = claim
    possible = second.root not in {EMPTY_ROOT, *ODD_HASHES} and new > 0 and nodes == []
    grown = possible and first == before and old == 0
    same = possible and first == second
    if claim == (before, after, proof) or grown or same:
        check_consistency(*claim)
    else:
        with pytest.raises(Mismatch):
            check_consistency(*claim)
