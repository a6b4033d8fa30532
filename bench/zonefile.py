"""Zone file reading: ours against dnspython's zone.from_file in one run, and the way to facts.

``python bench/zonefile.py [RECORDS] [--facts-only]``: limits are printed beside what was measured.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import gc
import tempfile
import time

import dns.zone
from bench.generate_zone import APEX, write_zone
from bench.limits import Limits

from trustpath.base.clock import FixedClock
from trustpath.connectors.zonefile import make
from trustpath.connectors.zonefile.reader import read_master_file
from trustpath.facts.records import canonical_text
from trustpath.facts.source import Context, SourceSpec

LIMIT = 8.0


def _ours(path: Path) -> tuple[float, set[tuple[str, str, int | None, str]]]:
    started = time.perf_counter()
    reading = read_master_file(path, path.parent, APEX)
    elapsed = time.perf_counter() - started
    return elapsed, set(reading.records)


def _theirs(path: Path) -> tuple[float, set[tuple[str, str, int | None, str]]]:
    started = time.perf_counter()
    zone = dns.zone.from_file(str(path), origin=APEX, relativize=False)
    elapsed = time.perf_counter() - started
    content: set[tuple[str, str, int | None, str]] = {
        (str(name).rstrip(".").lower(), str(rdata.rdtype.name), ttl, canonical_text(rdata))
        for name, ttl, rdata in zone.iterate_rdatas()
    }
    return elapsed, content


def _facts(path: Path) -> tuple[float, int]:
    spec = SourceSpec("bench", "zonefile", {"path": path.name}, path.parent)
    started = time.perf_counter()
    rows = sum(1 for part in make(spec, Context(FixedClock(0))).collect() for _ in part.facts)
    return time.perf_counter() - started, rows


def main(limits: Limits) -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=100_000)
    parser.add_argument("--facts-only", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{APEX}.zone"
        records = write_zone(path, int(arguments.records / 1.46))
        if not arguments.facts_only:
            ours, content = _ours(path)
            gc.collect()
            theirs, expected = _theirs(path)
            print(f"records            {records:>12,}")
            print(f"trustpath reader   {records / ours:>12,.0f} records/s")
            print(f"dnspython          {records / theirs:>12,.0f} records/s")
            ratio = theirs / ours
            print(f"ratio              {ratio:>12.1f}   {limits.at_least('ratio', ratio, LIMIT)}")
            print(f"equal content      {limits.equal('contents', content == expected)}")
            del content, expected
            gc.collect()
        elapsed, rows = _facts(path)
        print(
            f"file to fact rows  {records / elapsed:>12,.0f} records/s, {rows:,} rows, {elapsed:.1f} s"
        )


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
