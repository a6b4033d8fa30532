"""The gate for one record on a generated estate: milliseconds, and how they grow with the estate.

Usage: bench/gate.py [SIZE ...] [--changes N] [--keep FOLDER] [--profile]
Each change is judged in process by every gate rule, in both worlds and at the renewals in reach,
with powers, consents, waits and the way back. The ratio is to the smallest size of the same run. A
store that was just opened reads from the disk; read its file once to measure without that.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import cProfile
import pstats
import random
import statistics
import tempfile
import time

from bench.estate import NOW, fill
from bench.limits import Limits

from trustpath.facts.edits import Edit, RecordSet
from trustpath.rules.catalogue import build, shipped
from trustpath.store.database import open_store
from trustpath.store.gate import StoreGate
from trustpath.store.memory import Store
from trustpath.workflow.gate.assess import assess_edits
from trustpath.workflow.gate.ports import NEEDS
from trustpath.workflow.gate.terms import Terms

SOURCES = ("estate", "requirements", "zones", "certificates", "endpoints")
LIMIT_MEDIAN, LIMIT_HIGH, LIMIT_GROWTH = 10.0, 40.0, 2.0


def edits(gate: StoreGate, zones: int, number: int) -> list[Edit]:
    """Return changes of single records: addresses, aliases, CAA of a host, text, removals."""
    chooser = random.Random(7)
    found: list[Edit] = []
    while len(found) < number:
        index = chooser.randrange(zones)
        apex = f"z{index}.example{index % 7}.com"
        content = gate.zone_content(apex)
        keys = [key for key in content if key[1] in ("A", "CNAME")]
        if not keys:
            continue
        name, kind = chooser.choice(keys)
        old = content[name, kind]
        found.append(
            chooser.choice(
                (
                    Edit(apex, name, kind, old, _moved(kind, chooser)),
                    Edit(apex, name, kind, old, _moved(kind, chooser)),
                    Edit(apex, name, kind, old, None),
                    Edit(apex, f"new.{name}", "A", None, _moved("A", chooser)),
                    Edit(
                        apex,
                        f"_acme-challenge.{name}",
                        "TXT",
                        None,
                        RecordSet(60, (f'"{"x" * 43}"',)),
                    ),
                )
            )
        )
    return found


def _moved(kind: str, chooser: random.Random) -> RecordSet:
    if kind == "A":
        return RecordSet(300, (f"198.51.100.{chooser.randrange(1, 255)}",))
    return RecordSet(300, (f"target{chooser.randrange(99)}.example.net.",))


def run(path: Path, size: int, number: int, *, profile: bool) -> tuple[list[float], list[float]]:
    """Judge the changes in a filled store; return milliseconds for each: elapsed, and of the CPU.

    The second does not count what other processes take, nor waiting for the disk.
    """
    rules = build(shipped()).gating
    begun = time.perf_counter()
    store = Store(open_store(f"sqlite:///{path}"))
    spent: list[float] = []
    worked: list[float] = []
    verdicts: dict[str, int] = {}
    with store.gating(NOW, dict.fromkeys(SOURCES), rules, NEEDS) as gate:
        print(f"    opened in {time.perf_counter() - begun:.1f} s (indexes are made once)")
        wanted = edits(gate, max(size // 500, 4), number + 20)
        terms = Terms("bench")
        for edit in wanted[:20]:
            assess_edits(gate, [edit], (), terms)
        profiler = cProfile.Profile() if profile else None
        if profiler:
            profiler.enable()
        for edit in wanted[20:]:
            start, work = time.perf_counter(), time.process_time()
            said = assess_edits(gate, [edit], (), terms)
            spent.append(1000 * (time.perf_counter() - start))
            worked.append(1000 * (time.process_time() - work))
            verdicts[said.verdict.word] = verdicts.get(said.verdict.word, 0) + 1
        if profiler:
            profiler.disable()
            pstats.Stats(profiler).sort_stats("tottime").print_stats(25)
    print(f"    {verdicts}")
    return spent, worked


def main(limits: Limits) -> None:
    """Print median, 95th percentile and growth."""
    parser = argparse.ArgumentParser()
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--changes", type=int, default=300)
    parser.add_argument("--keep", type=Path, help="a folder whose stores are reused")
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    first: float | None = None
    with tempfile.TemporaryDirectory() as scratch:
        for size in options.sizes:
            path = (options.keep or Path(scratch)) / f"estate-{size}.db"
            if not path.exists():
                fill(path, size)
            spent, worked = run(path, size, options.changes, profile=options.profile)
            median = statistics.median(spent)
            high = statistics.quantiles(spent, n=20)[-1]
            first = first or median
            print(
                f"{size:>9,} median {median:6.2f} ms {limits.at_most('median ms', median, LIMIT_MEDIAN)}  "
                f"p95 {high:6.2f} ms {limits.at_most('p95 ms', high, LIMIT_HIGH)}  "
                f"CPU {statistics.median(worked):6.2f} / "
                f"{statistics.quantiles(worked, n=20)[-1]:6.2f} ms  {median / first:.2f} of the smallest "
                f"{limits.at_most('growth', median / first, LIMIT_GROWTH)}"
            )


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
