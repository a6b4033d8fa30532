"""What BIND answers with authority, and what our facts call an RRset, in zones full of cuts."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import dns.flags
import dns.message
import dns.query
import dns.rdatatype
import pytest

from dns_servers import DnsServer, bind
from trustpath.base.clock import FixedClock
from trustpath.connectors.axfr import make as transferring
from trustpath.connectors.zonefile import make as reading
from trustpath.facts.part import Coverage, Part
from trustpath.facts.relations.dns import Occluded, Rrset
from trustpath.facts.source import Context, SourceSpec

pytestmark = pytest.mark.peer

ZONES = 30
APEXES = [f"zone{number}.example" for number in range(ZONES)]
CONTEXT = Context(FixedClock(1_795_000_000))
PLACES = ("", "a", "b.a", "c.b.a", "ns.a", "d", "x.d", "*.d", "*.a", "e", "_acme-challenge.a")
POOL = {
    "NS": ("ns.a", "ns.other.example.", "d"),
    "DNAME": ("other.example.", "e"),
    "A": ("192.0.2.1", "192.0.2.2"),
    "AAAA": ("2001:db8::1",),
    "CAA": ('0 issue "ca.example"',),
    "MX": ("10 mx.other.example.",),
    "TXT": ('"one"',),
    "TLSA": ("3 1 1 " + "ab" * 32,),
    "DS": ("1 13 2 " + "ab" * 32,),
    "CNAME": ("www.other.example.", "b.a"),
}


def zone_text(choose: random.Random) -> str:
    """Return a zone that BIND loads: one alias at a name, alone, and no NS at a wildcard."""
    at: dict[str, dict[str, str]] = {}
    for _ in range(choose.randint(6, 16)):
        name = choose.choice(PLACES)
        kind = choose.choice(("NS", "NS", "DNAME", *POOL))
        held = at.setdefault(name, {})
        alone = "CNAME" in held or (kind == "CNAME" and held)
        bad = name.startswith("*") and kind in ("NS", "DNAME", "DS")
        apex = not name and kind in ("NS", "CNAME", "DNAME", "DS")
        if not (alone or bad or apex or {kind, *held} >= {"NS", "DNAME"}):
            held[kind] = choose.choice(POOL[kind])
    lines = [f"{name or '@'} {kind} {data}" for name in at for kind, data in at[name].items()]
    return "\n".join(
        ["$TTL 300", "@ SOA ns root 1 1 1 1 60", "@ NS ns", "ns A 192.0.2.53", *lines, ""]
    )


@pytest.fixture(scope="module", name="folder")
def zone_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the zones."""
    folder = tmp_path_factory.mktemp("zones")
    choose = random.Random(20)
    for apex in APEXES:
        (folder / f"{apex}.zone").write_text(zone_text(choose))
    return folder


@pytest.fixture(scope="module", name="server")
def running(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DnsServer]:
    """Serve the zones, with transfers for everybody."""
    zones = {apex: folder / f"{apex}.zone" for apex in APEXES}
    with bind(tmp_path_factory.mktemp("bind"), zones) as server:
        yield server


@pytest.fixture(scope="module", name="parts")
def read_parts(folder: Path) -> dict[str, Part]:
    """Read the zones from their files."""
    spec = SourceSpec("files", "zonefile", {"path": "*.zone"}, folder)
    found = {}
    for part in reading(spec, CONTEXT).collect():
        assert part.coverage is Coverage.FULL, part.problems
        found[part.name] = replace(part, facts=tuple(part.facts))
    return found


def shown(facts: Iterable[object], apex: str) -> set[tuple[str, str]]:
    """Return the RRsets that are answered with authority: all but the NS of a delegation."""
    return {
        (f.name, f.type)
        for f in facts
        if isinstance(f, Rrset) and not (f.type == "NS" and f.name != apex)
    }


def is_answered(server: DnsServer, name: str, kind: str) -> bool:
    """Say whether the server answers with authority, and with a record of its own at the name."""
    query = dns.message.make_query(name, kind, flags=0)
    answer = dns.query.tcp(query, "127.0.0.1", port=server.port, timeout=5)
    if not answer.flags & dns.flags.AA:
        return False
    here = {
        (rrset.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(rrset.rdtype))
        for rrset in answer.answer
    }
    synthesised = any(k == "DNAME" and owner != name for owner, k in here)
    return (name, kind) in here and not synthesised


@pytest.mark.parametrize("apex", APEXES)
def test_bind_answers_what_facts_call_an_rrset(
    apex: str, server: DnsServer, parts: dict[str, Part]
) -> None:
    facts = tuple(parts[apex].facts)
    owners = {f.name for f in facts if isinstance(f, Rrset | Occluded)}
    answered = {
        (name, kind)
        for name in owners
        for kind in (*POOL, "SOA")
        if is_answered(server, name, kind)
    }
    assert answered == shown(facts, apex)


def test_there_is_something_to_hide(parts: dict[str, Part]) -> None:
    hidden = [f for part in parts.values() for f in part.facts if isinstance(f, Occluded)]
    assert {f.reason for f in hidden} == {"delegation", "dname"}
    assert {f.glue for f in hidden} == {True, False}
    assert len({f.type for f in hidden}) > 6


def test_a_transfer_gives_the_same_facts(server: DnsServer, parts: dict[str, Part]) -> None:
    spec = SourceSpec("t", "axfr", {"server": server.address, "zones": APEXES}, Path())
    for part in transferring(spec, CONTEXT).collect():
        assert part.coverage is Coverage.FULL, part.problems
        assert placeless(part.facts) == placeless(parts[part.name].facts)


def placeless(facts: Iterable[object]) -> set[object]:
    """Return RRsets and hidden records without their place in a file."""
    return {
        fact._replace(place=None) if isinstance(fact, Occluded) else fact
        for fact in facts
        if isinstance(fact, Occluded | Rrset)
    }
