"""The Merkle tree: published roots and proofs, pymerkle as a second opinion, and properties."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency  # type: ignore[import-untyped]

from trustpath.base.errors import InputError
from trustpath.ledger import tree
from trustpath.ledger.verify import (
    EMPTY_ROOT,
    Head,
    Mismatch,
    check_consistency,
    check_inclusion,
    leaf_hash,
)

# The eight leaves, roots and proofs that the reference implementation of RFC 6962 is tested with.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


class Stored:
    """A tree in memory, as the store keeps it."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.nodes = list(tree.grow(0, [], entries))
        self.asked = 0

    def fetch(self, wanted: Sequence[tree.Node]) -> list[bytes]:
        self.asked += 1
        return [self.nodes[tree.position(node)] for node in wanted]

    def head(self, size: int) -> Head:
        return Head("example.com/log", size, tree.root(size, self.fetch))


def test_roots_are_the_published_ones() -> None:
    stored = Stored(LEAVES)
    assert [stored.head(size).root.hex() for size in range(9)] == list(ROOTS)
    assert EMPTY_ROOT.hex() == ROOTS[0]


@pytest.mark.parametrize(
    "old, new, nodes",
    [
        (1, 8, "96a296d2 5f083f0a 6b47aaf2"),
        (6, 8, "0ebc5d34 ca854ea1 d37ee418"),
        (2, 5, "5f083f0a bc1a0643"),
        (8, 8, ""),
        (0, 8, ""),
    ],
    ids=str,
)
def test_consistency_proofs_are_the_published_ones(old: int, new: int, nodes: str) -> None:
    stored = Stored(LEAVES)
    proof = tree.consistency_proof(old, new, stored.fetch)
    assert [item.hex()[:8] for item in proof] == nodes.split()
    check_consistency(stored.head(old), stored.head(new), proof)


@pytest.mark.parametrize(
    "index, size, nodes",
    [
        (0, 1, ""),
        (0, 8, "96a296d2 5f083f0a 6b47aaf2"),
        (5, 8, "bc1a0643 ca854ea1 d37ee418"),
        (2, 3, "fac54203"),
        (1, 5, "6e340b9c 5f083f0a bc1a0643"),
    ],
    ids=str,
)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int, nodes: str) -> None:
    stored = Stored(LEAVES)
    proof = tree.inclusion_proof(index, size, stored.fetch)
    assert [item.hex()[:8] for item in proof] == nodes.split()
    check_inclusion(index, leaf_hash(LEAVES[index]), proof, stored.head(size))


def test_pymerkle_has_the_same_roots_and_proofs() -> None:
    entries = [b"event %d" % number for number in range(67)]
    stored = Stored(entries)
    theirs = InmemoryTree(algorithm="sha256")
    for entry in entries:
        theirs.append_entry(entry)
    for size in range(1, len(entries) + 1):
        root = stored.head(size).root
        assert theirs.get_root(size) == root
        for index in range(size):
            path = tree.inclusion_proof(index, size, stored.fetch)
            # Theirs begins with the leaf itself.
            assert theirs.prove_inclusion(index + 1, size).path == [
                leaf_hash(entries[index]),
                *path,
            ]
        for old in range(1, size + 1):
            proof = tree.consistency_proof(old, size, stored.fetch)
            # Theirs has other nodes where the trees part at a perfect subtree; the claim is the same.
            check_consistency(
                Head("", old, theirs.get_root(old)), Head("", size, theirs.get_root(size)), proof
            )
            verify_consistency(
                stored.head(old).root,
                root,
                theirs.prove_consistency(old, size),
                prior_size=old,
                later_size=size,
            )


def test_positions_are_the_order_of_completion() -> None:
    size = 70
    levels = range(size.bit_length())
    nodes = [(level, index) for level in levels for index in range(size >> level)]
    assert sorted(map(tree.position, nodes)) == list(range(tree.nodes_in(size)))
    assert len(list(tree.grow(0, [], [b""] * size))) == tree.nodes_in(size)


SIZES = st.integers(1, 300)
MANY = Stored([b"%d" % number for number in range(300)])


@given(SIZES, st.data())
def test_every_proof_verifies_and_no_other_claim_does(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    head = MANY.head(size)
    leaf = leaf_hash(b"%d" % index)
    proof = tree.inclusion_proof(index, size, MANY.fetch)
    assert len(proof) <= (size - 1).bit_length()
    check_inclusion(index, leaf, proof, head)
    other = data.draw(st.integers(0, size).filter(lambda number: number != index))
    for wrong in (
        (other, leaf, proof, head),
        (index, leaf_hash(b"other"), proof, head),
        (index, leaf, [*proof, leaf], head),
        (index, leaf, proof, head._replace(root=leaf_hash(b"other"))),
        *([(index, leaf, proof[:-1], head)] if proof else []),
    ):
        with pytest.raises(Mismatch):
            check_inclusion(*wrong)


@given(SIZES, st.data())
def test_heads_are_consistent_and_no_others(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    before, after = MANY.head(old), MANY.head(new)
    proof = tree.consistency_proof(old, new, MANY.fetch)
    check_consistency(before, after, proof)
    bad = leaf_hash(b"other")
    for wrong in (
        (before._replace(root=bad), after, proof),
        (before, after._replace(root=bad), proof),
        (before, after, [*proof, bad]),
        (after._replace(size=new + 1), after, proof),
        *([(before, after, proof[:-1])] if proof else []),
        *((before, after, [*proof[:at], bad, *proof[at + 1 :]]) for at in range(len(proof))),
    ):
        with pytest.raises(Mismatch):
            check_consistency(*wrong)


@given(st.lists(st.binary(max_size=8), max_size=40), st.lists(st.binary(max_size=8), max_size=40))
def test_growing_in_steps_is_growing_at_once(first: list[bytes], second: list[bytes]) -> None:
    peaks: list[bytes] = []
    steps = [*tree.grow(0, peaks, first)]
    steps += tree.grow(len(first), peaks, second)
    whole = Stored(first + second)
    assert steps == whole.nodes
    assert peaks == whole.fetch(tree.covering(0, len(first + second)))


def test_a_proof_asks_the_store_once() -> None:
    stored = Stored([b""] * 100)
    tree.inclusion_proof(17, 99, stored.fetch)
    tree.consistency_proof(17, 99, stored.fetch)
    assert stored.asked == 2


@pytest.mark.parametrize("index, size", [(0, 0), (-1, 5), (5, 5)], ids=str)
def test_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    stored = Stored([b""] * 9)
    with pytest.raises(InputError):
        tree.inclusion_proof(index, size, stored.fetch)
    with pytest.raises(InputError):
        tree.consistency_proof(size + 1, size, stored.fetch)
