"""What the tests of writers share: a zone to change, a writer for it, and the zone as it is served."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dns.query
import dns.rdatatype
import dns.tsigkeyring
import dns.zone

from dns_servers import KEY_NAME, KEY_SECRET, DnsServer
from trustpath.app.writers import make_writers
from trustpath.base.clock import FixedClock
from trustpath.facts.edits import Edit, Key, RecordSet, overlay, record_set
from trustpath.facts.records import canonical_text
from trustpath.facts.source import Context, ProbePolicy
from trustpath.facts.writer import Writer, WriterSpec

ZONE = "example.test"
SECRETS = {"TSIG": KEY_SECRET}
ZONE_TEXT = """\
$ORIGIN example.test.
$TTL 300
@ SOA ns1 hostmaster 1 3600 600 86400 60
@ NS ns1
@ NS ns.outside.invalid.
ns1 A 127.0.0.1
www A 192.0.2.1
alias CNAME www
away CNAME host.other.test.
* TXT "wild"
same TXT "wild"
star TXT "wild"
*.star TXT "wild"
under.star TXT "wild"
two TXT "one" "two"
child NS ns.child
ns.child A 192.0.2.53
moved DNAME elsewhere.invalid.
"""


def zone_file(folder: Path) -> Path:
    """Write the zone to a file of its own; servers that take updates write beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "example.zone"
    path.write_text(ZONE_TEXT)
    return path


def key(name: str) -> str:
    """Return a name in the zone."""
    return f"{name}.{ZONE}" if name else ZONE


def edit(name: str, rdtype: str, before: RecordSet | None, after: RecordSet | None) -> Edit:
    """Return an edit of a name in the zone."""
    return Edit(ZONE, key(name), rdtype, before, after)


def rrset(ttl: int, *rdatas: str) -> RecordSet:
    """Return RRset content."""
    return record_set(ttl, rdatas)


def writer(
    kind: str,
    options: Mapping[str, Any],
    secrets: Mapping[str, str] = SECRETS,
    networks: tuple[str, ...] = (),
) -> Writer:
    """Return a writer as the application makes it."""
    spec = WriterSpec("w", kind, (ZONE,), options, Path(), "estate.yaml:1")
    context = Context(FixedClock(0), ProbePolicy(networks), secrets=secrets)
    return make_writers([spec], context)[0]


def tsig(name: str = KEY_NAME) -> dict[str, str]:
    """Return the option for the key of the servers."""
    return {"name": name, "algorithm": "hmac-sha256", "secret": "env:TSIG"}


def update_writer(server: DnsServer, *others: DnsServer, **options: Any) -> Writer:
    """Return a writer that sends dynamic updates to a server."""
    known = {"server": server.address, "tsig": tsig(), "timeout": 2}
    seen = [s.address for s in (server, *others)]
    return writer("rfc2136", {**known, "servers": seen, **options})


def served(server: DnsServer, zone: str = ZONE) -> dict[Key, RecordSet]:
    """Return the whole zone but its SOA, as a transfer gives it: what no query can hide."""
    found = dns.zone.Zone(zone, relativize=False)
    signed = dns.tsigkeyring.from_text({KEY_NAME: KEY_SECRET})
    for message in dns.query.xfr(
        "127.0.0.1", zone, port=server.port, relativize=False, keyring=signed, lifetime=20
    ):
        for section in message.answer:
            content = found.find_rdataset(section.name, section.rdtype, create=True)
            for rdata in section:
                content.add(rdata, section.ttl)
    return {
        (name.to_text(omit_final_dot=True), dns.rdatatype.to_text(content.rdtype)): record_set(
            content.ttl, map(canonical_text, content)
        )
        for name, content in found.iterate_rdatasets()
        if content.rdtype != dns.rdatatype.SOA
    }


@contextlib.contextmanager
def makes(server: DnsServer, *edits: Edit) -> Iterator[None]:
    """Hold that the block makes exactly these edits, in a zone seen whole before and after."""
    before = served(server)
    yield
    assert served(server) == overlay(before, edits)


@contextlib.contextmanager
def makes_nothing(server: DnsServer) -> Iterator[None]:
    """Hold that the block leaves the zone as it is."""
    with makes(server):
        yield


_LONG = " ".join(f'"{letter * 255}"' for letter in "ab") + ' "tail"'
_HASH = "3 1 1 " + "5a" * 32
LIFE: dict[str, tuple[str, str, tuple[str, ...], tuple[str, ...]]] = {
    "a": ("host", "A", ("192.0.2.7", "192.0.2.8"), ("192.0.2.8", "192.0.2.9")),
    "aaaa": ("host", "AAAA", ("2001:db8::7",), ("2001:db8::8",)),
    "cname": ("name", "CNAME", ("www.example.test.",), ("host.other.test.",)),
    "txt-long": ("long", "TXT", (_LONG,), (_LONG, '"v=spf1 -all"')),
    "txt-strings": ("strings", "TXT", ('"a" "b;c" "d\\"e\\\\f"',), ('"a" "b"',)),
    "mx": ("mail", "MX", ("10 mx1.example.test.", "20 mx2.example.test."), ("0 .",)),
    "caa": ("caa", "CAA", ('0 issue "ca.test"',), ('0 issue "ca.test; a=b"', '128 iodef "x:y"')),
    "tlsa": ("_443._tcp.host", "TLSA", (_HASH,), (_HASH.replace("5a", "a5"),)),
    "ns": ("sub", "NS", ("ns1.invalid.", "ns2.invalid."), ("ns3.invalid.",)),
    "wildcard": ("*.wide", "A", ("192.0.2.7",), ("192.0.2.8",)),
    "beside-a-wildcard": ("beside", "TXT", ('"wild"',), ('"other"',)),
}
"""By case: name, type, first content, second content."""


def life(case: str) -> list[Edit]:
    """Return the edits that add an RRset, move its TTL, change it, and remove it."""
    name, rdtype, first, second = LIFE[case]
    name = f"{case}.{name}" if not name.startswith("*") else f"*.{case}"
    contents = (None, rrset(300, *first), rrset(900, *first), rrset(60, *second), None)
    return [edit(name, rdtype, a, b) for a, b in itertools.pairwise(contents)]
