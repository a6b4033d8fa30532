"""Use cases of the ledger: verify it, export it, sign and publish its head, show its entries."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import zip_longest
from typing import Protocol

from trustpath.base.clock import Clock
from trustpath.base.errors import EstateError, InputError, TrustpathError
from trustpath.ledger import checkpoint as checkpoints
from trustpath.ledger import export as exports
from trustpath.ledger import tree
from trustpath.ledger.entry import Entry, parse
from trustpath.ledger.note import Signer, vkey
from trustpath.ledger.verify import (
    Head,
    Held,
    Key,
    Mismatch,
    Verified,
    check_entry,
    open_checkpoint,
    parse_vkey,
)


class StoredCheckpoint(Protocol):
    """A signed head as the store has it."""

    @property
    def size(self) -> int:
        """Return how many entries it covers."""
        ...

    @property
    def note(self) -> str:
        """Return the signed note."""
        ...


class LogReader(Protocol):
    """One unchanging view of the stored log."""

    def size(self) -> int:
        """Return how many entries there are."""
        ...

    def checkpoints(self) -> Sequence[StoredCheckpoint]:
        """Return every signed head in order of size."""
        ...

    def nodes(self, wanted: Sequence[tree.Node]) -> Sequence[bytes]:
        """Return stored hashes in the order asked."""
        ...

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield entries in order; raises Mismatch at a gap."""
        ...

    def tree(self) -> Iterator[bytes]:
        """Yield stored nodes in the order of completion; raises Mismatch at a gap."""
        ...


class Log(Protocol):
    """The log in the store."""

    def reading(self) -> AbstractContextManager[LogReader]:
        """Open one unchanging view."""
        ...

    def add_checkpoint(self, size: int, note: str, signed_at: int) -> None:
        """Keep a signed head."""
        ...

    def published(self, size: int, at: int) -> None:
        """Note that a checkpoint reached every place it is published to."""
        ...


class Publisher(Protocol):
    """A place that takes checkpoints."""

    @property
    def target(self) -> str:
        """Return the place as people write it."""
        ...

    def publish(self, note: str) -> None:
        """Put a checkpoint there; raises SourceError."""
        ...

    def held(self) -> bytes | None:
        """Return the checkpoint that is there, where the place can say; raises SourceError."""
        ...


@dataclass(frozen=True, slots=True)
class LedgerSession:
    """The ledger of one estate with what the composition root connected to it.

    ``signer`` reads the private key when it is needed, and raises EstateError without one;
    ``former`` are public keys known beside it, of earlier signers or given by the user.
    """

    log: Log
    origin: str | None
    signer: Callable[[], Signer]
    publishers: Sequence[Publisher]
    clock: Clock
    former: tuple[Key, ...] = ()

    def known(self) -> list[Key]:
        """Return the keys whose signatures count: the estate's own if it is here, and those given.

        Raises EstateError where there is neither.
        """
        try:
            return [self.signer().key, *self.former]
        except EstateError:
            if not self.former:
                raise
            return list(self.former)


@dataclass(frozen=True, slots=True)
class Signed:
    """A head that was signed and sent out; ``failed`` are places that did not take it."""

    head: Head
    note: str
    vkey: str
    published: tuple[str, ...]
    failed: tuple[TrustpathError, ...]


def known_keys(texts: Sequence[str]) -> tuple[Key, ...]:
    """Return the keys that ``--key`` names; raises InputError."""
    try:
        return tuple(map(parse_vkey, texts))
    except Mismatch as mismatch:
        raise InputError(mismatch.message, where="--key") from mismatch


def verify(session: LedgerSession, held: Sequence[Held] = ()) -> Verified:
    """Check the whole stored log; raises Mismatch that names the first thing that is wrong.

    Every node must follow from the entries, every stored checkpoint must be signed and have the
    root of the entries it covers; so must the checkpoints that the caller and the places of
    publication hold.
    """
    kept = [*held, *_published(session)]
    with session.log.reading() as log:
        size = _check_tree(log)
        heads = log.checkpoints()
        own = [(f"checkpoint {c.size}", c.note.encode()) for c in heads]
        keys = session.known() if own or kept else []
        own_sizes = _check_heads(session, log, keys, own)
        for stored, covered in zip(heads, own_sizes, strict=True):
            if stored.size != covered:
                raise Mismatch(f"checkpoint {stored.size}", f"its note covers {covered} entries")
        held_sizes = _check_heads(session, log, keys, kept)
        root = tree.root(size, log.nodes)
    return Verified(session.origin or "", size, root, own_sizes, held_sizes)


def export(session: LedgerSession) -> Iterator[bytes]:
    """Yield the lines of an export up to the newest checkpoint; raises InputError without one."""
    origin = _origin(session)
    keys = [vkey(key) for key in session.known()]
    with session.log.reading() as log:
        newest = _newest(log)
        heads = [(c.size, c.note) for c in log.checkpoints()]
        yield from exports.lines(origin, keys, heads, log.entries(0, newest.size), log.nodes)


def prove(session: LedgerSession, index: int) -> bytes:
    """Return the proof bundle of one entry against the newest checkpoint; raises InputError."""
    with session.log.reading() as log:
        newest = _newest(log)
        if not 0 <= index < newest.size:
            raise InputError(
                f"the newest checkpoint covers {newest.size} entries, not entry {index}",
                where="--entry",
                hint="run trustpath ledger checkpoint first" if index < log.size() else "",
            )
        (entry,) = log.entries(index, index + 1)
        return exports.proof_bundle(index, entry, (newest.size, newest.note), log.nodes)


def checkpoint(session: LedgerSession) -> Signed:
    """Sign the head of the log and publish it; raises Mismatch rather than sign a second history.

    The head must extend the newest checkpoint in the store and those that the places of
    publication hold: a store that was put back from a copy, or rewritten, is not signed.
    """
    origin, signer = _origin(session), session.signer()
    if signer.key.name != origin:
        raise EstateError(
            f"the key is named {signer.key.name}, the log {origin}",
            where="ledger.key",
            hint="the name of the key is the origin of the log (tlog-checkpoint)",
        )
    kept = _published(session)
    keys = [signer.key, *session.former]
    with session.log.reading() as log:
        head = Head(origin, log.size(), tree.root(log.size(), log.nodes))
        own = [(f"checkpoint {c.size}", c.note.encode()) for c in log.checkpoints()[-1:]]
        _check_heads(session, log, keys, [*own, *kept])
    note = checkpoints.signed(head, signer)
    # Ed25519 signs the same text the same way, so that nothing new means the same note.
    if not own or own[0][1] != note.encode():
        session.log.add_checkpoint(head.size, note, session.clock.now())
    done, failed = _publish(session.publishers, note)
    if not failed:
        session.log.published(head.size, session.clock.now())
    return Signed(head, note, vkey(signer.key), done, failed)


def entries(
    session: LedgerSession,
    *,
    subject: str | None = None,
    kind: str | None = None,
    last: int | None = None,
) -> list[tuple[int, Entry]]:
    """Return the entries about a subject, of a kind (or below it: ``change``), the last so many."""
    with session.log.reading() as log:
        found = (
            (index, entry)
            for index, data in enumerate(log.entries())
            for entry in (parse(data, f"entry {index}"),)
            if (subject is None or entry.subject == subject)
            and (kind is None or f"{entry.kind}.".startswith(f"{kind}."))
        )
        return list(deque(found, maxlen=last))


def _origin(session: LedgerSession) -> str:
    if session.origin is None:
        raise EstateError(
            "the estate does not say which log this is",
            where="ledger",
            hint="write ledger: {origin: example.com/trustpath, key: file:ledger.key}",
        )
    return session.origin


def _newest(log: LogReader) -> StoredCheckpoint:
    heads = log.checkpoints()
    if not heads:
        raise InputError(
            "the ledger has no checkpoint yet", hint="run trustpath ledger checkpoint first"
        )
    return heads[-1]


def _published(session: LedgerSession) -> list[Held]:
    found = ((place.target, place.held()) for place in session.publishers)
    return [(target, note) for target, note in found if note is not None]


def _publish(
    places: Iterable[Publisher], note: str
) -> tuple[tuple[str, ...], tuple[TrustpathError, ...]]:
    done, failed = [], []
    for place in places:
        try:
            place.publish(note)
        except TrustpathError as error:
            failed.append(error)
        else:
            done.append(place.target)
    return tuple(done), tuple(failed)


def _check_tree(log: LogReader) -> int:
    """Check every stored node against the entries and return how many entries there are."""
    made = tree.grow(0, [], _checked(log.entries()))
    size = log.size()
    for position, (wanted, stored) in enumerate(zip_longest(made, log.tree())):
        if wanted != stored:
            index = bisect_right(range(size + 1), position, key=tree.nodes_in) - 1
            raise Mismatch(f"entry {index}", "its hash is not the one that the tree has")
    return size


def _checked(data: Iterable[bytes]) -> Iterator[bytes]:
    for index, entry in enumerate(data):
        check_entry(entry, index)
        yield entry


def _check_heads(
    session: LedgerSession, log: LogReader, keys: Sequence[Key], notes: Sequence[Held]
) -> tuple[int, ...]:
    """Check signed heads against the stored tree and return their sizes, in the order given."""
    size = log.size()
    heads = [(where, open_checkpoint(note, keys, where)) for where, note in notes]
    for where, head in sorted(heads, key=lambda item: item[1].size):
        if session.origin is not None and head.origin != session.origin:
            raise Mismatch(where, f"of the log {head.origin}, not {session.origin}")
        if head.size > size:
            raise Mismatch(where, f"covers {head.size} entries, and there are only {size}")
        if tree.root(head.size, log.nodes) != head.root:
            raise Mismatch(where, f"the first {head.size} entries are not those it was signed over")
    return tuple(head.size for _, head in heads)
