"""octoDNS folders into fact rows, against octoDNS's own reader, in one run.

``python bench/octodns_yaml.py FOLDER [ROUNDS]``: FOLDER holds zone files. Prints record sets per second
of both and the ratio; both read every file and every record each round.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import logging
import time
import warnings
from collections.abc import Callable

import octodns_route53
from bench.limits import Limits
from octodns.provider.yaml import YamlProvider
from octodns.zone import Zone

from trustpath.base.clock import FixedClock
from trustpath.connectors.octodns import OctodnsSource
from trustpath.facts.relations.dns import Rrset
from trustpath.facts.source import Context, SourceSpec


def ours(folder: Path) -> int:
    """Read the folder into fact rows; return the number of record sets."""
    spec = SourceSpec("bench", "octodns", {"path": str(folder)}, folder)
    parts = OctodnsSource(spec, Context(FixedClock(0))).collect()
    return sum(isinstance(row, Rrset) for part in parts for row in part.facts)


def theirs(folder: Path) -> int:
    """Read the folder into octoDNS records, without its check of key order."""
    provider = YamlProvider("bench", str(folder), enforce_order=False, escaped_semicolons=True)
    found = 0
    for name in provider.list_zones():
        zone = Zone(name, [])
        provider.populate(zone, lenient=True)
        found += len(zone.records)
    return found


def best(run: Callable[[Path], int], folder: Path, rounds: int) -> tuple[float, int]:
    """Return the shortest time of several rounds in seconds, and the record sets read."""
    times = []
    sets = 0
    for _ in range(rounds):
        started = time.perf_counter()
        sets = run(folder)
        times.append(time.perf_counter() - started)
    return min(times), sets


def main(limits: Limits) -> None:
    """Print both speeds and their ratio."""
    folder = Path(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    seconds, sets = best(ours, folder, rounds)
    peer_seconds, peer_sets = best(theirs, folder, rounds)
    print(f"trustpath {sets} record sets in {seconds:.3f} s: {sets / seconds:,.0f}/s")
    print(
        f"octodns   {peer_sets} record sets in {peer_seconds:.3f} s: {peer_sets / peer_seconds:,.0f}/s"
    )
    print(f"ratio {peer_seconds / seconds:.1f} ({octodns_route53.__name__} loaded for its types)")
    limits.equal("record sets", sets == peer_sets)
    limits.at_least("ratio", peer_seconds / seconds, 1)


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
