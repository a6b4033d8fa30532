"""Planning between two zone files: ours against octoDNS's dry run of the same, in one run.

``python bench/plan.py [RECORDS] [--large RECORDS] [--differences N]``: octoDNS reads the new zone
from the same file (octodns-bind) and its target, the present zone, from YAML. ``--large`` is
planned by us alone, both sides read and validated. Limits are printed beside what was measured.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:1] = [str(ROOT), str(ROOT / "tests")]

import argparse
import gc
import json
import logging
import random
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping

from bench.generate_zone import APEX, zone_lines
from bench.limits import Limits
from octodns.provider.yaml import YamlProvider
from octodns.record import Create, Delete
from octodns.zone import Zone
from octodns_bind import ZoneFileProvider  # type: ignore[import-untyped]

from proposals import Held
from trustpath.app.proposals import MASTERS
from trustpath.connectors.proposals import read_zonefiles
from trustpath.facts.edits import Key, RecordSet
from trustpath.facts.proposal import resolve

RATIO, SECONDS = 30.0, 10.0

Changes = set[tuple[str, str, str]]
"""Owner, type, and whether it is an add, a remove or a change."""


def differing(lines: list[str], count: int) -> Iterator[str]:
    """Yield the lines with ``count`` RRsets changed: two in five altered or gone, the rest new."""
    choose = random.Random(7)
    addresses = [n for n, line in enumerate(lines) if " A 10." in line]
    picked = choose.sample(addresses, 2 * count // 5 * 2)
    altered = set(picked[: len(picked) // 2])
    gone = set(picked[len(picked) // 2 :])
    for number, line in enumerate(lines):
        if number in altered:
            yield line.replace(" A 10.", " A 172.16.", 1).rpartition(".")[0]
        elif number not in gone:
            yield line
    for number in range(count - len(picked)):
        yield f"new{number} 300 IN A 192.0.2.{number % 256}"


def write_pair(folder: Path, records: int, differences: int) -> tuple[Path, Path]:
    """Write the present and the proposed zone file."""
    lines = list(zone_lines(int(records / 1.46)))
    before, after = folder / "before" / f"{APEX}.zone", folder / "after" / f"{APEX}.zone"
    for path, content in ((before, lines), (after, differing(lines, differences))):
        path.parent.mkdir(parents=True)
        path.write_text("\n".join(content) + "\n", encoding="ascii")
    return before, after


def ours(before: Path, after: Path) -> tuple[float, Changes, Mapping[Key, RecordSet]]:
    """Plan, and return seconds, changes and the present content."""
    started = time.perf_counter()
    present = read_zonefiles([(before, None)], MASTERS).versions[0]
    proposed = read_zonefiles([(after, None)], MASTERS)
    result = resolve(proposed, Held({present.apex: present.content}))
    elapsed = time.perf_counter() - started
    if proposed.problems or result.problems:
        raise SystemExit(f"not planned: {proposed.problems or result.problems}")
    kinds = {"ttl": "change"}
    found = {(e.name, e.type, kinds.get(e.action, e.action)) for e in result.edits}
    return elapsed, found, present.content


def _value(rdtype: str, text: str) -> object:
    fields = text.split(" ", 2)
    if rdtype == "MX":
        return {"preference": int(fields[0]), "exchange": fields[1]}
    if rdtype == "CAA":
        return {"flags": int(fields[0]), "tag": fields[1], "value": fields[2].strip('"')}
    return text.strip('"')


def write_yaml(folder: Path, content: Mapping[Key, RecordSet]) -> None:
    """Write the present zone as octoDNS keeps it; JSON lines are YAML."""
    names: dict[str, list[dict[str, object]]] = {}
    for (name, rdtype), found in content.items():
        if rdtype != "SOA":
            values = [_value(rdtype, text) for text in found.rdatas]
            record: dict[str, object] = {"type": rdtype, "ttl": found.ttl, "values": values}
            if rdtype == "CNAME":
                record = {"type": rdtype, "ttl": found.ttl, "value": values[0]}
            names.setdefault(name.removesuffix(APEX).rstrip("."), []).append(record)
    folder.mkdir()
    with (folder / f"{APEX}.yaml").open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(n)}: {json.dumps(sets)}\n" for n, sets in names.items())


def theirs(after: Path, target: Path) -> tuple[float, Changes]:
    """Let octoDNS plan the same, as its dry run does."""
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    source = ZoneFileProvider("source", str(after.parent), file_extension=".zone")
    provider = YamlProvider("target", str(target), enforce_order=False, supports_root_ns=True)
    zone = Zone(f"{APEX}.", [])
    started = time.perf_counter()
    source.populate(zone)
    plan = provider.plan(zone)
    elapsed = time.perf_counter() - started
    return elapsed, set(_kinds(plan.changes if plan else ()))


def _kinds(changes: Iterable[object]) -> Iterator[tuple[str, str, str]]:
    for change in changes:
        kind = (
            "add"
            if isinstance(change, Create)
            else "remove"
            if isinstance(change, Delete)
            else "change"
        )
        record = change.record  # type: ignore[attr-defined]
        yield record.fqdn.rstrip("."), record._type, kind


def main(limits: Limits) -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=100_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--differences", type=int, default=500)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        before, after = write_pair(folder / "small", arguments.records, arguments.differences)
        mine, found, content = ours(before, after)
        write_yaml(folder / "target", content)
        del content
        gc.collect()
        peer, expected = theirs(after, folder / "target")
        print(f"records            {arguments.records:>12,}, {len(found)} changes")
        print(f"trustpath plan     {mine:>12.2f} s")
        print(f"octoDNS dry run    {peer:>12.2f} s")
        print(
            f"ratio              {peer / mine:>12.1f}   {limits.at_least('ratio', peer / mine, RATIO)}"
        )
        print(f"equal changes      {limits.equal('changes', found == expected)}")
        gc.collect()
        if arguments.large:
            before, after = write_pair(folder / "large", arguments.large, arguments.differences)
            gc.collect()
            large, found, _ = ours(before, after)
            print(f"records            {arguments.large:>12,}, two-sided, {len(found)} changes")
            print(
                f"trustpath plan     {large:>12.2f} s {limits.at_most('seconds', large, SECONDS)}"
            )


if __name__ == "__main__":
    with Limits() as limits:
        main(limits)
