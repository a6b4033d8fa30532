"""AXFR from a real BIND on loopback: ours against dnspython's inbound_xfr in one run.

``python bench/axfr.py [RECORDS]``
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import tempfile
import time

import dns.query
import dns.zone
from bench.generate_zone import APEX, write_zone
from bench.limits import Limits

from dns_servers import bind
from trustpath.connectors.axfr.transfer import DEFAULT_LIMITS, Server, transfer
from trustpath.facts.records import canonical_text

LIMIT = 10.0

Content = set[tuple[str, str, "int | None", str]]


def _ours(port: int) -> tuple[float, Content]:
    started = time.perf_counter()
    records = transfer(Server("127.0.0.1", port), APEX, None, DEFAULT_LIMITS)
    return time.perf_counter() - started, set(records)


def _theirs(port: int) -> tuple[float, Content]:
    zone = dns.zone.Zone(APEX, relativize=False)
    started = time.perf_counter()
    dns.query.inbound_xfr("127.0.0.1", zone, port=port, timeout=60)
    elapsed = time.perf_counter() - started
    return elapsed, {
        (str(name).rstrip(".").lower(), str(rdata.rdtype.name), ttl, canonical_text(rdata))
        for name, ttl, rdata in zone.iterate_rdatas()
    }


def main(limits: Limits) -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=100_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{APEX}.zone"
        records = write_zone(path, int(arguments.records / 1.46))
        with bind(Path(folder) / "server", {APEX: path}) as server:
            ours, content = _ours(server.port)
            theirs, expected = _theirs(server.port)
    print(f"records            {records:>12,}")
    print(f"trustpath AXFR     {records / ours:>12,.0f} records/s")
    print(f"dnspython AXFR     {records / theirs:>12,.0f} records/s")
    print(
        f"ratio              {theirs / ours:>12.1f}   {limits.at_least('ratio', theirs / ours, LIMIT)}"
    )
    print(f"equal content      {limits.equal('contents', content == expected)}")


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
