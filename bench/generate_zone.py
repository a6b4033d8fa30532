"""Write a zone of N owners: 12 % CNAME, the rest A, of these 30 % AAAA, 8 % MX, 10 % TXT, 4 % CAA."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path

APEX = "bench.test"


def zone_lines(owners: int, apex: str = APEX, seed: int = 1) -> Iterator[str]:
    """Yield the lines of the zone; the same arguments give the same zone."""
    choose = random.Random(seed)
    yield f"$ORIGIN {apex}."
    yield "$TTL 3600"
    yield f"@ IN SOA ns1.{apex}. hostmaster.{apex}. 2026112401 7200 900 1209600 300"
    yield f"@ IN NS ns1.{apex}."
    yield "ns1 IN A 127.0.0.1"
    for number in range(owners):
        name = f"h{number}"
        if choose.random() < 0.12:
            yield f"{name} 300 IN CNAME h{choose.randrange(owners)}.{apex}."
            continue
        ttl = choose.choice(("", "300 ", "600 "))
        yield f"{name} {ttl}IN A 10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
        if choose.random() < 0.30:
            yield f"{name} {ttl}IN AAAA 2001:db8::{number >> 16:x}:{number & 65535:x}"
        if choose.random() < 0.08:
            yield f"{name} {ttl}IN MX 10 mail{number % 50}"
        if choose.random() < 0.10:
            yield f'{name} {ttl}IN TXT "v=spf1 include:s{number}.{apex} -all"'
        if choose.random() < 0.04:
            yield f'{name} {ttl}IN CAA 0 issue "letsencrypt.org"'


def write_zone(path: Path, owners: int, apex: str = APEX) -> int:
    """Write the zone file and return its number of records."""
    records = 0
    with path.open("w", encoding="ascii") as file:
        for line in zone_lines(owners, apex):
            records += not line.startswith("$")
            file.write(line + "\n")
    return records


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("owners", type=int)
    parser.add_argument("--apex", default=APEX)
    arguments = parser.parse_args()
    sys.stdout.writelines(line + "\n" for line in zone_lines(arguments.owners, arguments.apex))
