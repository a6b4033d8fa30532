"""The Merkle tree of RFC 6962 section 2.1 over stored perfect subtrees.

A node (level, index) is the root over leaves ``index << level`` up to the next multiple: level 0
holds the leaf hashes. Perfect subtrees never change once complete, so that appending, any past
root and any proof need only a logarithmic number of stored nodes, and nothing is ever rebuilt.
They become complete in one order whatever is appended (post-order), and are stored in it.
Verification of proofs is in ``verify``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from trustpath.base.errors import InputError
from trustpath.ledger.verify import fold, leaf_hash, push

Node: TypeAlias = tuple[int, int]
"""Level and index on it."""

Fetch: TypeAlias = Callable[[Sequence[Node]], Sequence[bytes]]
"""Returns the stored hashes of nodes, in the order asked; it is called once for a whole proof."""


def covering(start: int, end: int) -> list[Node]:
    """Return the fewest nodes that cover the leaves ``[start, end)``, from left to right."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def position(node: Node) -> int:
    """Return how many nodes are complete before this one."""
    level, index = node
    last = ((index + 1) << level) - 1
    return nodes_in(last) + level


def nodes_in(size: int) -> int:
    """Return how many nodes are complete in a tree of ``size`` leaves."""
    return 2 * size - size.bit_count()


def grow(size: int, peaks: list[bytes], entries: Iterable[bytes]) -> Iterator[bytes]:
    """Append to the tree of ``size`` leaves; yield the nodes that become complete, in order.

    ``peaks`` are the hashes of ``covering(0, size)``; they are brought up to date on the way.
    """
    for index, entry in enumerate(entries, size):
        hashed = leaf_hash(entry)
        yield hashed
        yield from push(peaks, index, hashed)


def root(size: int, fetch: Fetch) -> bytes:
    """Return the root hash of the first ``size`` leaves."""
    return fold(fetch(covering(0, size)))


def inclusion_proof(index: int, size: int, fetch: Fetch) -> list[bytes]:
    """Return the audit path of a leaf in the tree of ``size`` leaves (2.1.1); or InputError."""
    if not 0 <= index < size:
        raise InputError(f"a tree of {size} entries has no entry {index}")
    peaks = covering(0, size)
    place = next(at for at, (level, peak) in enumerate(peaks) if index >> level == peak)
    siblings = [(level, (index >> level) ^ 1) for level in range(peaks[place][0])]
    stored = fetch([*siblings, *peaks])
    path, roots = list(stored[: len(siblings)]), stored[len(siblings) :]
    if place + 1 < len(roots):
        path.append(fold(roots[place + 1 :]))
    path.extend(reversed(roots[:place]))
    return path


def consistency_proof(old: int, new: int, fetch: Fetch) -> list[bytes]:
    """Return the proof that ``new`` leaves extend ``old`` ones (2.1.2); raises InputError."""
    if not 0 <= old <= new:
        raise InputError(f"a tree of {new} entries does not extend one of {old}")
    ranges = []
    start, end = 0, new
    while 0 < old < end:
        middle = start + _split(end - start)
        if old <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    # The older tree's own root is known to whoever asks.
    if start:
        ranges.append((start, end))
    covers = [covering(*leaves) for leaves in reversed(ranges)]
    stored = iter(fetch([node for cover in covers for node in cover]))
    return [fold([next(stored) for _ in cover]) for cover in covers]


def _split(leaves: int) -> int:
    """Return the largest power of two below a number of leaves."""
    return 1 << (leaves - 1).bit_length() - 1
