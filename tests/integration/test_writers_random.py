"""Random changes of random size through every writer: made as a whole, or refused as a whole.

The expected zone is computed by ``overlay``; what came of it is read by a transfer.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dns_servers import API_KEY, DnsServer, bind, free_port, knot, powerdns
from trustpath.facts.edits import Edit, Key, RecordSet, diff, overlay
from trustpath.facts.writer import ConflictError, Writer
from writing import ZONE, key, rrset, served, update_writer, writer, zone_file

pytestmark = pytest.mark.peer

NAMES = ["", "r1", "r2", "x.r2", "*.r2", "*.r3", "y.r3", "r4", "_443._tcp.r4", "*"]
CUTS = ["c1", "c2"]
VALUES = {
    "A": ["192.0.2.1", "192.0.2.2", "198.51.100.3"],
    "AAAA": ["2001:db8::1", "2001:db8::2"],
    "TXT": ['"a"', '"a" "b"', '"x;y\\"z\\\\"', '"\\200\\000"', '""'],
    "MX": ["10 r1.example.test.", "20 r2.example.test."],
    "CAA": ['0 issue "ca.test"', '0 issuewild ";"'],
    "TLSA": ["3 1 1 " + "ab" * 32, "2 0 1 " + "cd" * 32],
    "SRV": ["1 2 443 r1.example.test.", "1 3 443 r2.example.test."],
    "SSHFP": ["4 2 " + "ef" * 32],
    "HTTPS": ['1 . alpn="h2"'],
}
# Aliases may lead in a circle, but not through a wildcard: PowerDNS then answers nothing at all.
ALIASES = ["r1.example.test.", "r4.example.test.", "away.invalid."]


def content(choose: random.Random, values: list[str]) -> RecordSet:
    count = choose.randint(1, len(values))
    return rrset(choose.choice([60, 300]), *choose.sample(values, count))


def mutated(choose: random.Random, zone: dict[Key, RecordSet]) -> dict[Key, RecordSet]:
    """Return a zone that differs in a few RRsets, and that could be served."""
    result = dict(zone)
    for _ in range(choose.randint(1, 5)):
        name = key(choose.choice(NAMES))
        if choose.random() < 0.15:
            cut = key(choose.choice(CUTS))
            result[cut, "NS"] = content(choose, ["ns1.invalid.", "ns2.invalid."])
        elif choose.random() < 0.2 and name != ZONE:
            for other in [k for k in result if k[0] == name]:
                del result[other]
            result[name, "CNAME"] = rrset(
                60, ALIASES[-1] if "*" in name else choose.choice(ALIASES)
            )
        elif choose.random() < 0.3:
            for other in [k for k in result if k[0] == name and k != (ZONE, "NS")]:
                del result[other]
        else:
            result.pop((name, "CNAME"), None)
            rdtype = choose.choice(sorted(VALUES))
            result[name, rdtype] = content(choose, VALUES[rdtype])
    return result


def spoiled(choose: random.Random, edits: tuple[Edit, ...]) -> list[Edit]:
    """Return the edits with one of them planned from another state."""
    at = choose.randrange(len(edits))
    before, after = edits[at].before, edits[at].after
    wrong = [
        other
        for other in (None, before and replaced(before), after and replaced(after))
        if other not in (before, after)
    ]
    if not wrong:
        return []
    return [
        Edit(e.zone, e.name, e.type, choose.choice(wrong), e.after) if i == at else e
        for i, e in enumerate(edits)
    ]


def replaced(of: RecordSet) -> RecordSet:
    return RecordSet((of.ttl or 0) + 1, of.rdatas)


def run(server: DnsServer, changing: Writer, seed: int, changes: int) -> None:
    choose = random.Random(seed)
    zone = served(server)
    for _ in range(changes):
        wanted = mutated(choose, zone)
        edits = diff(ZONE, zone, wanted)
        if not edits:
            continue
        wrong = spoiled(choose, edits)
        if wrong and choose.random() < 0.5:
            with pytest.raises(ConflictError):
                changing.apply(ZONE, wrong)
            assert served(server) == zone, wrong
        assert changing.current(ZONE, [e.key for e in edits]) == {e.key: e.before for e in edits}
        changing.apply(ZONE, choose.sample(edits, len(edits)))
        zone = overlay(zone, edits)
        assert served(server) == zone, edits
        for view in changing.observe(ZONE, [e.key for e in edits]):
            assert view.content == {e.key: e.after for e in edits}, view


@pytest.mark.parametrize("make", [bind, knot, powerdns], ids=["bind", "knot", "powerdns"])
def test_random_changes_by_dynamic_update(tmp_path: Path, make: type) -> None:
    with make(tmp_path / "server", {ZONE: zone_file(tmp_path)}, updates=True) as server:
        run(server, update_writer(server, transport="udp"), seed=1, changes=60)


def test_random_changes_by_the_api(tmp_path: Path) -> None:
    port = free_port()
    with powerdns(tmp_path / "server", {ZONE: zone_file(tmp_path)}, api_port=port) as server:
        options = {"url": f"http://127.0.0.1:{port}", "key": "env:KEY", "servers": [server.address]}
        run(server, writer("powerdns", options, {"KEY": API_KEY}), seed=2, changes=60)
