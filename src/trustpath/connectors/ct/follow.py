"""Reads a log: entries in order, the tree rebuilt over them, the tree head verified.

Two positions are kept apart. *Downloaded* says how far entries were read; *verified* how far the
tree over them is known to be the one that the signed tree head commits to. An entry that cannot
be understood counts for the tree like any other and is noted as a problem.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from trustpath.base.errors import InputError, SourceError, TrustpathError
from trustpath.connectors.ct import wire
from trustpath.connectors.ct.tree import (
    Peaks,
    consistent_peaks,
    is_perfect,
    leaf_hash,
    with_old_root,
)
from trustpath.connectors.ct.watch import WatchList, rows_of
from trustpath.connectors.ct.wire import Leaf, TreeHead
from trustpath.facts.ct_log import ListedLog, LogKey
from trustpath.facts.part import Problem
from trustpath.facts.relations import Fact
from trustpath.facts.x509 import CertificateIndex

PROBLEMS_AT_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Anchor:
    """A tree head that was verified before."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """What to read: entries from ``start``, at most ``limit``, asked for in batches.

    ``log`` is the URL as written, ``listed`` what a log list says of the log. With ``newest``
    nothing is read, only the head verified, so that later runs go on from there.
    """

    log: str
    key: LogKey | None
    anchor: Anchor | None
    start: int
    limit: int
    batch: int
    watched: WatchList
    listed: ListedLog | None = None
    newest: bool = False


class Client(Protocol):
    """What following asks of a log; every method may raise SourceError."""

    def tree_head(self) -> TreeHead:
        """Return the newest tree head, its signature not yet verified."""
        ...

    def entries(self, start: int, end: int) -> list[Any]:
        """Return one or more entries from ``start`` on, none of them at or after ``end``."""
        ...

    def passed_over(self, entry: Any) -> bytes | None:
        """Return the leaf's hash where the log told that it concerns nobody, else None."""
        ...

    def leaf(self, entry: Any) -> bytes:
        """Return the octets of the leaf of an entry; raises InputError."""
        ...

    def check(self, index: int, entry: Any, leaf: Leaf) -> None:
        """Check what comes with an entry that concerns us; raises InputError."""
        ...

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Return the nodes of the proof between two tree sizes."""
        ...


@dataclass(slots=True)
class Followed:
    """What following a log gave.

    ``verified`` is the size up to which the tree is proven to be that of ``head``; ``signed`` and
    ``consistent`` are None where nothing could be checked. ``unread`` counts entries of which only
    the hash was taken. ``read`` is the tree over all entries up
    to ``downloaded`` where it was rebuilt and proven.
    """

    head: TreeHead | None = None
    signed: bool | None = None
    consistent: bool | None = None
    downloaded: int = 0
    verified: int | None = None
    read: Anchor | None = None
    facts: list[Fact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    unnamed: int = 0
    unread: int = 0

    @property
    def complete(self) -> bool:
        """Whether every entry of a signed, verified tree head was read and understood."""
        return (
            self.head is not None
            and self.signed is True
            and self.consistent is not False
            and self.verified == self.head.size == self.downloaded
            and not self.problems
        )

    def note(self, error: TrustpathError, where: str) -> None:
        """Keep a problem, or only count it when there are very many."""
        if len(self.problems) < PROBLEMS_AT_MOST:
            self.problems.append(Problem(error.message, where, error.hint))
        else:
            self.unnamed += 1


def follow(client: Client, request: Request) -> Followed:
    """Read what is asked for; whatever fails is a problem and what was read before it stays."""
    found = Followed(downloaded=request.start)
    try:
        head = client.tree_head()
        found.head = head
        _Run(client, request, found, head).all()
    except SourceError as error:
        found.note(error, request.log)
    if found.unnamed:
        found.problems.append(Problem(f"{found.unnamed} more problems", request.log))
    return found


@dataclass(frozen=True, slots=True)
class _Run:
    """One reading against one tree head."""

    client: Client
    request: Request
    found: Followed
    head: TreeHead

    def all(self) -> None:
        """Check the head, rebuild the tree while reading, and compare; raises SourceError."""
        self._check_signature()
        if self.request.newest:
            self.found.downloaded = self.found.verified = self.head.size
            self.found.read = Anchor(self.head.size, self.head.root)
            return
        anchor, start = self.request.anchor, self.request.start
        if self.head.size < max(start, anchor.size if anchor else 0):
            self._problem(
                f"the tree head of {self.head.size} entries is older than what is known",
                "another front end of the log may lag behind; try again",
            )
            return
        try:
            tree = self._starting_tree()
        except InputError as error:
            self._inconsistent(error)
            tree = None
        if self._read(tree) and tree is not None:
            try:
                self._compare(tree)
            except InputError as error:
                self._inconsistent(error)

    def _problem(self, message: str, hint: str) -> None:
        self.found.problems.append(Problem(message, self.request.log, hint))

    def _inconsistent(self, error: InputError) -> None:
        self.found.consistent = False
        self.found.note(error, self.request.log)

    def _check_signature(self) -> None:
        key = self.request.key
        if key is None:
            self._problem("the tree head is not authenticated", "give the log's public key as key")
            return
        try:
            self.head.verify(key)
            self.found.signed = True
        except InputError as error:
            self.found.signed = False
            self.found.note(error, self.request.log)

    def _starting_tree(self) -> Peaks | None:
        """Return the tree below the first entry to read; None where there is nothing to read.

        Raises InputError when the log does not extend the tree that was known before.
        """
        anchor, head, start = self.request.anchor, self.head, self.request.start
        known = None
        if anchor is not None and anchor.size == head.size:
            if anchor.root != head.root:
                raise InputError(f"the log shows two trees of {head.size} entries")
            self.found.consistent, self.found.verified = True, head.size
        elif anchor is not None:
            known = self._beginning(anchor.size, anchor.root)
            if known.root() != anchor.root:
                raise InputError(f"the log lost the tree of {anchor.size} entries that was known")
            self.found.consistent = True
        if known is not None and known.size == start:
            return known
        if start == head.size > 0:
            return None
        first = _rebuildable(start)
        return self._beginning(first, None) if first else Peaks()

    def _beginning(self, size: int, root: bytes | None) -> Peaks:
        """Return the tree of the first entries, proven to be the beginning of the head's."""
        nodes = with_old_root(size, root, self.client.consistency(size, self.head.size))
        return consistent_peaks(size, self.head.size, self.head.root, nodes)

    def _read(self, tree: Peaks | None) -> bool:
        """Read the entries; False when the tree over them could not be rebuilt.

        What was read before the log failed, or the run had to end, still counts.
        """
        request, found = self.request, self.found
        end = min(self.head.size, request.start + request.limit)
        first = request.start if tree is None else tree.size
        certificates = CertificateIndex()
        whole = True
        try:
            for index, entry in _entries(self.client, first, end, request.batch):
                whole = self._take(tree, index, entry, certificates) and whole
        except SourceError as error:
            found.note(error, request.log)
            return whole and found.downloaded > request.start
        if end < self.head.size:
            self._problem(
                f"read up to entry {end} of {self.head.size}",
                "raise max_entries, or go on from here with start or a state file",
            )
        return whole

    def _take(
        self, tree: Peaks | None, index: int, entry: Any, certificates: CertificateIndex
    ) -> bool:
        """Take one entry; False when the tree over it and what follows cannot be rebuilt."""
        request, found = self.request, self.found
        where = f"{request.log}: entry {index}"
        hashed = self.client.passed_over(entry)
        if hashed is not None:
            found.downloaded = index + 1
            found.unread += index >= request.start
            if tree is not None:
                tree.append(hashed)
            return True
        try:
            octets = self.client.leaf(entry)
        except InputError as error:
            found.note(error, where)
            return False
        finally:
            found.downloaded = index + 1
        if tree is not None:
            tree.append(leaf_hash(octets))
        if index < request.start:
            return True
        try:
            leaf = wire.leaf(octets)
            if request.watched.may_concern(leaf.body):
                rows = rows_of(request.log, index, leaf, request.watched, certificates)
                found.facts.extend(rows)
                if rows:
                    self.client.check(index, entry, leaf)
        except (InputError, SourceError) as error:
            found.note(error, where)
        return True

    def _compare(self, tree: Peaks) -> None:
        """Compare the tree over what was read with the head's; raises InputError."""
        if tree.size == self.head.size:
            if tree.root() != self.head.root:
                raise InputError("the entries do not give the root hash of the tree head")
        elif self._beginning(tree.size, tree.root()).peaks != tree.peaks:
            raise InputError("the entries are not the beginning of the log's tree")
        self.found.verified = tree.size
        self.found.read = Anchor(tree.size, tree.root())
        if self.found.consistent is None:
            self.found.consistent = True


def _rebuildable(start: int) -> int:
    """Return the size from which on a tree can be rebuilt to read entries from ``start``.

    A proof for a perfect tree leaves out the only peak it has, so one entry more is read. Both
    one and two are perfect.
    """
    if start <= 2:
        return 0
    return start - 1 if is_perfect(start) else start


def _entries(client: Client, start: int, end: int, batch: int) -> Iterator[tuple[int, Any]]:
    """Yield (index, raw entry); the next batch is on its way while one is worked on."""
    if start >= end:
        return
    with ThreadPoolExecutor(1) as pool:
        coming: Future[list[Any]] | None
        coming = pool.submit(client.entries, start, min(start + batch, end))
        while coming is not None:
            entries = coming.result()
            after = start + len(entries)
            coming = None
            if after < end:
                coming = pool.submit(client.entries, after, min(after + batch, end))
            yield from enumerate(entries, start)
            start = after
