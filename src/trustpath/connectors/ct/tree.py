"""The Merkle tree of RFC 6962 section 2: roots grown leaf by leaf, and consistency proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from trustpath.base.errors import InputError
from trustpath.ledger.verify import fold, leaf_hash, node_hash, push

__all__ = [
    "HASH_OCTETS",
    "Node",
    "Peaks",
    "consistent_peaks",
    "is_perfect",
    "leaf_hash",
    "proof_nodes",
    "with_old_root",
]

HASH_OCTETS = 32


@dataclass(slots=True)
class Peaks:
    """A tree of ``size`` leaves as the roots of its perfect subtrees, the largest first.

    There is one peak per set bit of ``size``; nothing else is needed to append leaves and to
    know the root.
    """

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def append(self, hashed: bytes) -> None:
        """Add the hash of one leaf."""
        push(self.peaks, self.size, hashed)
        self.size += 1

    def root(self) -> bytes:
        """Return the root hash of the tree as it is."""
        return fold(self.peaks)


def consistent_peaks(old: int, new: int, new_root: bytes, proof: Sequence[bytes]) -> Peaks:
    """Check that a tree of ``new`` leaves with that root extends one of ``old`` leaves (2.1.2).

    Returns the older tree, whose root the caller compares with the one it knows: the left
    neighbours on the way up are its peaks. ``proof`` is the answer to get-sth-consistency, whose
    first node is left out where the older tree is perfect and so its own peak; then
    ``with_old_root`` adds it. Raises InputError for a proof that does not lead to the new root.
    """
    if not 0 < old < new:
        raise InputError(f"no consistency proof leads from {old} to {new}")
    nodes = iter(proof)
    # Position of the last leaf of the older tree, and of the newer one, on the current level.
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    start = next(nodes, None)
    if start is None:
        raise InputError("the consistency proof is too short")
    peaks, root = [start], start
    for node in nodes:
        if last == 0:
            raise InputError("the consistency proof is too long")
        if at & 1 or at == last:
            peaks.append(node)
            root = node_hash(node, root)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, node)
        at, last = at >> 1, last >> 1
    if last != 0 or root != new_root or len(peaks) != old.bit_count():
        raise InputError("the consistency proof does not lead to the root of the tree head")
    peaks.reverse()
    return Peaks(old, peaks)


def is_perfect(size: int) -> bool:
    """Say whether a tree of that size is one perfect subtree."""
    return size > 0 and size & (size - 1) == 0


def with_old_root(old: int, old_root: bytes | None, proof: Iterable[bytes]) -> list[bytes]:
    """Return the proof with the node that RFC 6962 leaves out where the older tree is perfect."""
    nodes = list(proof)
    if is_perfect(old) and old_root is not None:
        return [old_root, *nodes]
    return nodes


@dataclass(frozen=True, slots=True)
class Node:
    """A perfect subtree of two to the power of ``height`` leaves, the ``index``-th of its size."""

    height: int
    index: int


def proof_nodes(old: int, new: int, node: Callable[[Node], bytes]) -> list[bytes]:
    """Return the consistency proof from ``old`` to ``new`` leaves (2.1.2); ``node`` knows the tree.

    Raises InputError unless 0 < old < new.
    """
    if not 0 < old < new:
        raise InputError(f"no consistency proof leads from {old} to {new}")
    found: list[bytes] = []
    start, end, whole = 0, new, True
    while old != end:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if old <= middle:
            found.append(_range_root(middle, end, node))
            end = middle
        else:
            found.append(_range_root(start, middle, node))
            start, whole = middle, False
    if not whole:
        found.append(_range_root(start, end, node))
    found.reverse()
    return found


def _range_root(start: int, end: int, node: Callable[[Node], bytes]) -> bytes:
    """Return the root over leaves ``start`` to ``end``, a right edge of the tree or perfect."""
    size = end - start
    if size & (size - 1) == 0:
        height = size.bit_length() - 1
        return node(Node(height, start >> height))
    middle = start + (1 << (size - 1).bit_length() - 1)
    return node_hash(_range_root(start, middle, node), _range_root(middle, end, node))
