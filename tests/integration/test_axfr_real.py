"""A production estate of 402 zones, served by BIND and read by AXFR: the facts stay the same."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dns_servers import bind
from shared import real_zones
from trustpath.base.clock import FixedClock
from trustpath.connectors.axfr import make as make_axfr
from trustpath.connectors.octodns import OctodnsSource
from trustpath.connectors.zonefile import make as make_zonefile
from trustpath.facts.part import Coverage
from trustpath.facts.relations import Fact
from trustpath.facts.relations.automation import ZoneAccess
from trustpath.facts.relations.dns import Occluded, Rdata, Rrset, Zone
from trustpath.facts.source import Context, SourceSpec

pytestmark = [pytest.mark.peer, pytest.mark.slow]

CONTEXT = Context(FixedClock(int(time.time())))
# Provider types have no place in a zone file, and the estate holds no SOA.
ABSENT = ("SOA", "NS")


def comparable(found: list[Fact], apex: str) -> set[Fact]:
    """Return facts without the Zone row and without SOA and NS at the apex, which we add to serve it."""
    return {
        fact._replace(place=None) if isinstance(fact, Occluded) else fact
        for fact in found
        if not isinstance(fact, Zone | ZoneAccess) and not (fact[1] == apex and fact[2] in ABSENT)
    }


def test_the_real_estate_reads_the_same_from_bind(tmp_path: Path) -> None:
    folder = real_zones()
    spec = SourceSpec("repo", "octodns", {"path": folder.name}, folder.parent)
    expected: dict[str, set[Fact]] = {}
    files: dict[str, Path] = {}
    for part in OctodnsSource(spec, CONTEXT).collect():
        if part.coverage is Coverage.NONE:
            continue
        found = list(part.facts)
        pseudo = {f[1:3] for f in found if isinstance(f, Rrset | Occluded) and "ALIAS" in f.type}
        kept = [f for f in found if f[1:3] not in pseudo]
        ttls = {f[1:3]: f.ttl for f in found if isinstance(f, Rrset | Occluded)}
        lines = [
            f"{r.name}. {ttls[r.name, r.type]} IN {r.type} {r.rdata}\n"
            for r in kept
            if isinstance(r, Rdata | Occluded) and not (r.name == part.name and r.type in ABSENT)
        ]
        path = tmp_path / "zones" / f"{part.name}.zone"
        path.parent.mkdir(exist_ok=True)
        head = f"{part.name}. 300 IN SOA ns.invalid. h.invalid. 1 2 3 4 5\n{part.name}. 300 IN NS ns.invalid.\n"
        path.write_text(head + "".join(lines))
        expected[part.name] = comparable(kept, part.name)
        files[part.name] = path
    assert len(files) == 402

    by_file = SourceSpec("files", "zonefile", {"path": "zones"}, tmp_path)
    read = {p.name: p for p in make_zonefile(by_file, CONTEXT).collect()}
    assert {p.coverage for p in read.values()} == {Coverage.FULL}
    filed = {name: comparable(list(part.facts), name) for name, part in read.items()}
    assert filed == expected

    with bind(tmp_path / "server", files) as server:
        options = {"server": server.address, "zones": sorted(files)}
        parts = list(make_axfr(SourceSpec("primary", "axfr", options, tmp_path), CONTEXT).collect())
    assert [p.name for p in parts if p.coverage is not Coverage.FULL] == []
    assert {p.name: comparable(list(p.facts), p.name) for p in parts} == expected
    assert sum(len(e) for e in expected.values()) > 10_000
