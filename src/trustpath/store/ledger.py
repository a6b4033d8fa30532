"""The evidence log in the store: entries and the roots of perfect subtrees, appended together.

``append`` works inside the transaction of its caller, so that an act and its entry stand or fall
as one::

    with transaction(database) as connection:       # BEGIN IMMEDIATE, durable when it returns
        connection.execute(insert(CHANGE), ...)     # the act's own row
        append(connection, [entry.encode()])        # its entry
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, RLock
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from trustpath.base.errors import StoreError
from trustpath.ledger import tree
from trustpath.ledger.verify import Mismatch

_SIZE = 'SELECT COALESCE(MAX("index") + 1, 0) FROM ledger_entry'
_ADD_ENTRY = "INSERT INTO ledger_entry VALUES (?, ?)"
_ADD_NODE = "INSERT INTO ledger_node VALUES (?, ?)"
_NODES = "SELECT COALESCE(MAX(position) + 1, 0) FROM ledger_node"
_CHECKPOINTS = "SELECT size, note, signed_at, published_at FROM ledger_checkpoint ORDER BY size"
KEPT_LEVEL = 10
"""A reader keeps what it read from this level up: at most two hashes for 1,024 entries."""

_FULL = 2
"""PRAGMA synchronous: a commit has reached the disk when it returns."""

_PATIENCE: Final = 60.0
"""Seconds that a thread waits for the others of its process to write."""
_TURNS: Final[WeakKeyDictionary[Engine, RLock]] = WeakKeyDictionary()
_TURNS_LOCK: Final = Lock()


class Checkpoint(NamedTuple):
    """A signed head as it is stored; instants in seconds."""

    size: int
    note: str
    signed_at: int
    published_at: int | None


@contextmanager
def transaction(database: Engine) -> Iterator[Connection]:
    """Open a durable write transaction; leaving it normally commits, an error rolls all back.

    It takes SQLite's write lock at once, so that what is read in it stays true until the commit:
    a second writer waits, threads of this process in the order in which they came. Raises
    StoreError where the lock cannot be had.
    """
    with _turn(database), database.connect() as connection:
        try:
            connection.exec_driver_sql(f"PRAGMA synchronous={_FULL}")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except Exception as error:
            raise StoreError(
                f"the store cannot be written: {error}", hint="another process may hold it"
            ) from error
        yield connection
        connection.commit()


@contextmanager
def _turn(database: Engine) -> Iterator[None]:
    """Wait until no other thread writes: SQLite itself sleeps between two looks at its lock."""
    with _TURNS_LOCK:
        turn = _TURNS.setdefault(database, RLock())
    if not turn.acquire(timeout=_PATIENCE):
        raise StoreError("the store cannot be written: another thread holds it")
    try:
        yield
    finally:
        turn.release()


def append(connection: Connection | sqlite3.Connection, entries: Sequence[bytes]) -> range:
    """Append entries (``ledger.entry.Entry.encode``) and return their places in the log.

    Nothing is committed here: that is the caller's. Raises StoreError outside a transaction,
    because an entry must never stand without its act, where the connection would not wait for the
    disk, and where the stored tree does not fit the stored entries.
    """
    raw = _driver(connection)
    if not raw.in_transaction:
        raise StoreError(
            "the ledger is appended to inside the transaction of the act",
            hint="open it with store.ledger.transaction",
        )
    if raw.execute("PRAGMA synchronous").fetchone()[0] < _FULL:
        raise StoreError(
            "the ledger needs a transaction that is on disk when it commits",
            hint="open it with store.ledger.transaction",
        )
    try:
        size = _number(raw, _SIZE)
        start = tree.nodes_in(size)
        if _number(raw, _NODES) != start:
            raise StoreError("the ledger's tree does not fit its entries", hint=_VERIFY)
        peaks = list(_fetch(raw, tree.covering(0, size)))
        raw.executemany(_ADD_ENTRY, enumerate(entries, size))
        raw.executemany(_ADD_NODE, enumerate(tree.grow(size, peaks, entries), start))
    except sqlite3.Error as error:
        raise StoreError(f"the ledger cannot be written: {error}") from error
    return range(size, size + len(entries))


class Ledger:
    """The evidence log of a store, read; each method sees the state at its call."""

    def __init__(self, database: Engine) -> None:
        self._database = database

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """Open one unchanging view of the log."""
        with self._database.connect() as connection:
            raw = _driver(connection)
            raw.execute("BEGIN")
            try:
                yield Reader(raw)
            finally:
                raw.rollback()

    def add_checkpoint(self, size: int, note: str, signed_at: int) -> None:
        """Keep a signed head; one of the same size is replaced (a new key signs the same root)."""
        with transaction(self._database) as connection:
            _driver(connection).execute(
                "INSERT OR REPLACE INTO ledger_checkpoint VALUES (?, ?, ?, NULL)",
                (size, note, signed_at),
            )

    def published(self, size: int, at: int) -> None:
        """Note when a checkpoint had reached every place it is published to."""
        with transaction(self._database) as connection:
            _driver(connection).execute(
                "UPDATE ledger_checkpoint SET published_at = ? WHERE size = ?", (at, size)
            )


class Reader:
    """One unchanging view of the log."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._kept: dict[tree.Node, bytes] = {}

    def size(self) -> int:
        """Return how many entries there are."""
        return _number(self._connection, _SIZE)

    def checkpoints(self) -> list[Checkpoint]:
        """Return every signed head in order of size; raises Mismatch for what is no text."""
        found = [Checkpoint(*row) for row in self._connection.execute(_CHECKPOINTS)]
        for one in found:
            if not isinstance(one.note, str):
                raise Mismatch(f"checkpoint {one.size}", "not a note")
        return found

    def nodes(self, wanted: Sequence[tree.Node]) -> Sequence[bytes]:
        """Return stored hashes in the order asked (a ``tree.Fetch``); raises StoreError.

        The upper levels are few and in every proof: they are read once.
        """
        missing = [node for node in wanted if node not in self._kept]
        found = dict(zip(missing, _fetch(self._connection, missing), strict=True))
        self._kept.update((node, found[node]) for node in missing if node[0] >= KEPT_LEVEL)
        return [found[node] if node in found else self._kept[node] for node in wanted]

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the entries of places [start, stop) in order; raises Mismatch at a gap."""
        end = self.size() if stop is None else stop
        cursor = self._connection.execute(
            'SELECT "index", entry FROM ledger_entry WHERE "index" >= ? AND "index" < ? '
            'ORDER BY "index"',
            (start, end),
        )
        expected = start
        for index, entry in cursor:
            if index != expected:
                raise Mismatch(f"entry {expected}", "missing")
            # A column of SQLite holds whatever somebody put there.
            if not isinstance(entry, bytes):
                raise Mismatch(f"entry {expected}", "not the octets of an entry")
            yield entry
            expected += 1
        if expected != end:
            raise Mismatch(f"entry {expected}", "missing")

    def tree(self) -> Iterator[bytes]:
        """Yield every stored node in the order of completion; raises Mismatch at a gap."""
        cursor = self._connection.execute("SELECT position, hash FROM ledger_node ORDER BY 1")
        for expected, (position, hashed) in enumerate(cursor):
            if position != expected:
                raise Mismatch(f"tree node {expected}", "missing")
            yield hashed


_VERIFY = "run trustpath ledger verify"


def _driver(connection: Connection | sqlite3.Connection) -> sqlite3.Connection:
    raw = (
        connection.connection.driver_connection
        if isinstance(connection, Connection)
        else connection
    )
    if not isinstance(raw, sqlite3.Connection):
        raise StoreError("the store is no SQLite database")
    return raw


def _number(raw: sqlite3.Connection, query: str) -> int:
    number: int = raw.execute(query).fetchone()[0]
    return number


def _fetch(raw: sqlite3.Connection, nodes: Sequence[tree.Node]) -> Sequence[bytes]:
    """Return hashes with one statement: its cost is that of the look-ups, not of the calls."""
    wanted = [tree.position(node) for node in nodes]
    marks = ",".join("?" * len(wanted))
    found = dict(
        raw.execute(f"SELECT position, hash FROM ledger_node WHERE position IN ({marks})", wanted)
    )
    if len(found) != len(wanted) or not all(map(_is_hash, found.values())):
        raise StoreError("the ledger lacks a node of its tree", hint=_VERIFY)
    return [found[position] for position in wanted]


def _is_hash(value: object) -> bool:
    # A column of SQLite holds whatever somebody put there.
    return isinstance(value, bytes) and len(value) == 32
