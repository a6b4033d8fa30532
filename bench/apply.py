"""One change from ``apply`` to verified on a real BIND: ours against bare dnspython in one run.

``python bench/apply.py [RECORDS] [--changes N]``

Ours compares the RRset with the primary, sends the update with its prerequisites, and asks the
server for the outcome, wildcard synthesis ruled out, all signed. Bare is one signed update over
TCP and one question over UDP. Wall time holds the server's part, which shares the machine; CPU
time is ours alone.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable

import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.update
from bench.generate_zone import APEX, write_zone
from bench.limits import Limits

from dns_servers import KEY_NAME, KEY_SECRET, DnsServer, bind
from trustpath.app.writers import make_writers
from trustpath.base.clock import FixedClock
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.source import Context
from trustpath.facts.writer import WriterSpec

LIMIT_MS = 50.0
NAME = f"changed-by-bench.{APEX}"
CONTENTS = [RecordSet(300, (f'"{n}"',)) for n in range(2)]


def _ours(server: DnsServer) -> Callable[[int], None]:
    tsig = {"name": KEY_NAME, "secret": "env:TSIG"}
    options = {"server": server.address, "tsig": tsig, "servers": [server.address]}
    spec = WriterSpec("bench", "rfc2136", (), options, Path())
    writer = make_writers([spec], Context(FixedClock(0), secrets={"TSIG": KEY_SECRET}))[0]

    def change(index: int) -> None:
        edit = Edit(APEX, NAME, "TXT", CONTENTS[index % 2], CONTENTS[(index + 1) % 2])
        writer.apply(APEX, [edit])
        (view,) = writer.observe(APEX, [edit.key])
        if view.content != {edit.key: edit.after}:
            raise SystemExit(f"not verified: {view}")

    return change


def _bare(server: DnsServer) -> Callable[[int], None]:
    key = dns.tsig.Key(KEY_NAME, KEY_SECRET)

    def change(index: int) -> None:
        update = dns.update.UpdateMessage(APEX, keyring=key)
        update.replace(NAME + ".", 300, "TXT", CONTENTS[(index + 1) % 2].rdatas[0])
        answer = dns.query.tcp(update, "127.0.0.1", port=server.port, timeout=5)
        query = dns.message.make_query(NAME, "TXT")
        seen = dns.query.udp(query, "127.0.0.1", port=server.port, timeout=5)
        if answer.rcode() != dns.rcode.NOERROR or not seen.answer:
            raise SystemExit("the bare change failed")

    return change


def _measured(change: Callable[[int], None], changes: int) -> tuple[list[float], float]:
    """Return wall times and the mean CPU time of a change, in milliseconds."""
    for index in range(20):
        change(index)
    walls = []
    before = time.process_time()
    for index in range(changes):
        started = time.perf_counter()
        change(index)
        walls.append((time.perf_counter() - started) * 1000)
    return sorted(walls), (time.process_time() - before) * 1000 / changes


def main(limits: Limits) -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=10_000)
    parser.add_argument("--changes", type=int, default=200)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{APEX}.zone"
        records = write_zone(path, int(arguments.records / 1.46))
        with path.open("a", encoding="ascii") as zone:
            zone.write(f"{NAME}. 300 IN TXT {CONTENTS[0].rdatas[0]}\n")
        with bind(Path(folder) / "server", {APEX: path}, updates=True) as server:
            bare, bare_cpu = _measured(_bare(server), arguments.changes)
            ours, ours_cpu = _measured(_ours(server), arguments.changes)
    print(f"records in the zone           {records:>10,}")
    for label, walls, cpu in (
        ("apply to verified", ours, ours_cpu),
        ("bare dnspython", bare, bare_cpu),
    ):
        p95 = walls[int(len(walls) * 0.95)]
        median = statistics.median(walls)
        print(f"{label:<18} median     {median:>7.2f} ms   p95 {p95:>7.2f} ms   CPU {cpu:>6.2f} ms")
    print(
        f"ratio of medians              {statistics.median(ours) / statistics.median(bare):>10.2f}"
    )
    p95 = ours[int(len(ours) * 0.95)]
    print(f"p95 from apply to verified    {limits.at_most('ms, p95', p95, LIMIT_MS)}")


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
