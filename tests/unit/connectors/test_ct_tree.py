"""Merkle trees: the growing tree and proofs against the recursive definitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctlog import Tree
from trustpath.base.errors import InputError
from trustpath.connectors.ct.tree import (
    Peaks,
    consistent_peaks,
    is_perfect,
    leaf_hash,
    with_old_root,
)
from trustpath.ledger.verify import EMPTY_ROOT


def reference(size: int) -> Tree:
    tree = Tree()
    tree.leaves = [b"leaf %d" % number for number in range(size)]
    return tree


def grown(size: int) -> Peaks:
    peaks = Peaks()
    for number in range(size):
        peaks.append(leaf_hash(b"leaf %d" % number))
    return peaks


def test_roots_of_all_small_trees() -> None:
    tree = reference(70)
    for size in range(71):
        assert grown(size).root() == tree.root(0, size)
    assert Peaks().root() == EMPTY_ROOT == bytes.fromhex(
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )  # fmt: skip


def test_every_proof_between_small_trees_gives_the_older_tree() -> None:
    tree = reference(40)
    for new in range(2, 41):
        for old in range(1, new):
            nodes = with_old_root(old, tree.root(0, old), tree.consistency(old, new))
            found = consistent_peaks(old, new, tree.root(0, new), nodes)
            assert found == grown(old)
            for number in range(old, new):
                found.append(leaf_hash(b"leaf %d" % number))
            assert found.root() == tree.root(0, new)


@given(st.data())
def test_a_damaged_proof_is_refused(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 200))
    old = data.draw(st.integers(1, new - 1))
    tree = reference(new)
    nodes = with_old_root(old, tree.root(0, old), tree.consistency(old, new))
    how = data.draw(st.sampled_from(["flip", "drop", "add", "root", "swap", "size"]))
    root, size = tree.root(0, new), new
    at = data.draw(st.integers(0, len(nodes) - 1))
    if how == "flip":
        nodes[at] = bytes(32)
    elif how == "drop":
        del nodes[at]
    elif how == "add":
        nodes.insert(at, bytes(32))
    elif how == "root":
        root = bytes(32)
    elif how == "swap" and len(nodes) > 1:
        nodes[at], nodes[at - 1] = nodes[at - 1], nodes[at]
    else:
        old, size = new, old
    with pytest.raises(InputError):
        consistent_peaks(old, size, root, nodes)


@given(
    st.integers(0, 1 << 50),
    st.integers(0, 1 << 50),
    st.lists(st.binary(min_size=32, max_size=32), max_size=60),
)
def test_any_proof_ends(old: int, new: int, nodes: list[bytes]) -> None:
    with pytest.raises(InputError):
        consistent_peaks(old, new, bytes(32), nodes)


def test_perfect_sizes() -> None:
    assert [size for size in range(20) if is_perfect(size)] == [1, 2, 4, 8, 16]
