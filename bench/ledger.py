"""The ledger: appends, proofs and verification, against two SHA-256 an event and pymerkle.

``python bench/ledger.py [ENTRIES]``
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import hashlib
import random
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence

from bench.limits import Limits
from pymerkle import SqliteTree  # type: ignore[import-untyped]
from sqlalchemy import Engine

from trustpath.base.clock import FixedClock
from trustpath.ledger import tree
from trustpath.ledger.entry import Entry
from trustpath.ledger.note import Signer, signer
from trustpath.ledger.verify import check_export
from trustpath.store.database import open_store
from trustpath.store.ledger import Ledger, append, transaction
from trustpath.workflow.ledger import LedgerSession, checkpoint, export, verify

BATCH, SINGLES, PROOFS = 1_000, 3_000, 2_000
THEIRS = 50_000
"""Their proofs grow with the tree: a larger one would take the whole run."""

MIN_BATCHED, MIN_SINGLE, MAX_PROOF, MAX_VERIFY = 100_000, 3_000, 50, 10.0
"""Events a second; microseconds a proof; seconds for everything."""
ORIGIN = "example.com/log"


def _entry(number: int) -> bytes:
    body = {"change": f"C{number}", "digest": f"{number:064x}"}
    return Entry(1795521600 + number, "alice", "change.approved", "example.com", body).encode()


def _elapsed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _limit(entries: Sequence[bytes]) -> float:
    """Return events a second if only the two hashes of each had to be made."""
    sha, node = hashlib.sha256, b"\x01" + bytes(64)

    def hashes() -> None:
        for entry in entries:
            sha(b"\x00" + entry).digest()
            sha(node).digest()

    return len(entries) / _elapsed(hashes)


def _plain_commits(folder: Path) -> float:
    """Return commits a second of one row each, on the same disk with the same settings."""
    connection = sqlite3.connect(folder / "plain.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE plain (id INTEGER PRIMARY KEY, data BLOB)")

    def commits() -> None:
        for number in range(SINGLES):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO plain VALUES (?, ?)", (number, bytes(300)))
            connection.execute("COMMIT")

    rate = SINGLES / _elapsed(commits)
    connection.close()
    return rate


def _median(proof: Callable[[int], object], size: int, proofs: int = PROOFS) -> float:
    chosen = random.Random(7).sample(range(size), proofs)
    return statistics.median(_elapsed(lambda: proof(index)) for index in chosen)  # noqa: B023


def _row(label: str, value: str, note: str = "") -> None:
    print(f"{label:<44}{value:>16}   {note}")
    sys.stdout.flush()


def _ours(folder: Path, entries: Sequence[bytes], limit: float, limits: Limits) -> None:
    database = open_store(f"sqlite:///{folder / 'ours.db'}")
    size = len(entries)

    def batches() -> None:
        for start in range(0, size, BATCH):
            with transaction(database) as connection:
                append(connection, entries[start : start + BATCH])

    def singles() -> None:
        for entry in entries[:SINGLES]:
            with transaction(database) as connection:
                append(connection, [entry])

    batched = size / _elapsed(batches)
    _row(
        f"durable appends, batches of {BATCH:,}",
        f"{batched:,.0f}/s",
        limits.at_least("batched appends/s", batched, MIN_BATCHED),
    )
    _row("  share of the limit", f"{batched / limit:.2f}")
    plain = _plain_commits(folder)
    _row("limit: one plain row a durable commit", f"{plain:,.0f}/s")
    single = SINGLES / _elapsed(singles)
    _row(
        "durable appends, one by one",
        f"{single:,.0f}/s",
        limits.at_least("durable appends/s", single, MIN_SINGLE),
    )
    _row("  share of the limit", f"{single / plain:.2f}")
    _proofs(database, limits)


def _proofs(database: Engine, limits: Limits) -> None:
    log = Ledger(database)
    key: Signer = signer(ORIGIN, bytes(range(32)))
    session = LedgerSession(log, ORIGIN, lambda: key, (), FixedClock(0))
    with log.reading() as reader:
        total = reader.size()
        for size in (min(10_000, total), total):
            proof = _median(lambda at: tree.inclusion_proof(at, size, reader.nodes), size)  # noqa: B023
            longest = len(tree.inclusion_proof(0, size, reader.nodes))
            _row(
                f"inclusion proof of {size:,}",
                f"{proof * 1e6:.0f} us",
                f"{longest} hashes {limits.at_most('us a proof', proof * 1e6, MAX_PROOF)}",
            )
        pair = _median(lambda at: tree.consistency_proof(at + 1, total, reader.nodes), total)
        _row(f"consistency proof to {total:,}", f"{pair * 1e6:.0f} us")
    checkpoint(session)
    spent = _elapsed(lambda: verify(session))
    note = limits.at_most("seconds to verify the store", spent, MAX_VERIFY)
    _row("verify the store", f"{spent:.1f} s", note)
    with tempfile.TemporaryFile() as file:
        _row("write the export", f"{_elapsed(lambda: file.writelines(export(session))):.1f} s")
        file.seek(0)
        checked = _elapsed(lambda: check_export(file, [key.key]))
        note = limits.at_most("seconds to verify the export", checked, MAX_VERIFY)
        _row("verify the export", f"{checked:.1f} s", note)


def _theirs(folder: Path, entries: Sequence[bytes]) -> bytes:
    with SqliteTree(str(folder / "theirs.db"), algorithm="sha256") as theirs:
        theirs.con.execute("PRAGMA journal_mode=WAL")
        theirs.con.execute("PRAGMA synchronous=FULL")

        def batches() -> None:
            for start in range(0, len(entries), BATCH):
                theirs.append_entries(entries[start : start + BATCH])

        rate = len(entries) / _elapsed(batches)
        _row(f"pymerkle in SQLite, batches of {BATCH:,}", f"{rate:,.0f}/s")
        proof = _median(lambda at: theirs.prove_inclusion(at + 1), len(entries), 50)
        _row(f"pymerkle, inclusion proof of {len(entries):,}", f"{proof * 1e6:,.0f} us")
        root: bytes = theirs.get_root()
    return root


def main(limits: Limits) -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entries", type=int, nargs="?", default=1_000_000)
    size = parser.parse_args().entries
    entries = [_entry(number) for number in range(size)]
    _row("entries", f"{size:,}", f"{len(entries[-1])} octets each")
    limit = _limit(entries[:THEIRS])
    _row("limit: two SHA-256 an event", f"{limit:,.0f}/s")
    with tempfile.TemporaryDirectory() as name:
        _ours(Path(name), entries, limit, limits)
        root = _theirs(Path(name), entries[:THEIRS])
    nodes = list(tree.grow(0, [], entries[:THEIRS]))
    ours = tree.root(
        len(entries[:THEIRS]), lambda wanted: [nodes[tree.position(n)] for n in wanted]
    )
    _row("equal roots", limits.equal("roots", ours == root))


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
