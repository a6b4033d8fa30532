"""Options of the resolve source, and reading answers of any shape."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from unittest.mock import patch

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError
from trustpath.connectors.resolve import ResolveSource
from trustpath.connectors.resolve.client import Pace
from trustpath.connectors.resolve.message import (
    MalformedAnswer,
    Reply,
    WrongAnswer,
    build,
    interpret,
    parse,
)
from trustpath.connectors.resolve.options import Server, read_options
from trustpath.facts.relations.resolution import Answer
from trustpath.facts.source import Context, HeldName, SourceSpec


def spec(**options: Any) -> SourceSpec:
    given_options = {"servers": ["127.0.0.1:5353"], "names": ["a.example"]} | options
    return SourceSpec("live", "resolve", given_options, Path(), "estate.yaml:9")


def test_defaults() -> None:
    options = read_options(spec())
    assert options.servers == (Server("127.0.0.1", 5353, "127.0.0.1:5353", "recursive"),)
    assert [kind for _, kind in options.questions()] == ["A", "AAAA", "CNAME", "CAA", "HTTPS"]
    assert (options.timeout, options.tries, options.dnssec) == (2.0, 3, True)
    assert options.questions()[0] == ("a.example", "A")
    assert (options.follows, options.limit, options.rate) == ((), 10_000, 200)


@pytest.mark.parametrize(
    "written, server",
    [
        ("192.0.2.1", Server("192.0.2.1", 53, "192.0.2.1:53", "recursive")),
        ("2001:DB8::1", Server("2001:db8::1", 53, "[2001:db8::1]:53", "recursive")),
        ("[2001:db8::1]:5353", Server("2001:db8::1", 5353, "[2001:db8::1]:5353", "recursive")),
        ("[2001:db8::1]", Server("2001:db8::1", 53, "[2001:db8::1]:53", "recursive")),
        (
            {"address": "192.0.2.1:54", "name": "office", "kind": "authoritative"},
            Server("192.0.2.1", 54, "office", "authoritative"),
        ),
    ],
)
def test_servers(written: Any, server: Server) -> None:
    assert read_options(spec(servers=[written])).servers == (server,)


def test_names_and_types_in_one_form() -> None:
    options = read_options(
        spec(names=["WWW.Example.", "www.example", "bücher.example"], types=["a", "TYPE257", "A"])
    )
    assert options.names == ("www.example", "xn--bcher-kva.example")
    assert options.types == ("A", "CAA")


@pytest.mark.parametrize(
    ("written", "names", "follows"),
    [
        ("aliases", (), ("aliases",)),
        (["services", "www.example", "aliases"], ("www.example",), ("aliases", "services")),
        (["mail.", "mail"], ("mail",), ("mail",)),
    ],
)
def test_words_among_names_are_kinds_of_held_names(
    written: Any, names: tuple[str, ...], follows: tuple[str, ...]
) -> None:
    options = read_options(spec(names=written))
    assert (options.names, options.follows) == (names, follows)


def test_a_held_name_is_asked_what_fits_its_role_unless_types_are_written() -> None:
    held = [HeldName("b.example", "host"), HeldName("c.example", "alias")]
    assert read_options(spec(names="aliases")).questions(held) == (
        *(("b.example", "A"), ("b.example", "AAAA")),
        *(("c.example", "A"), ("c.example", "AAAA"), ("c.example", "CAA")),
    )
    typed = read_options(spec(names=["aliases", "c.example"], types=["A"]))
    assert typed.questions(held) == (("c.example", "A"), ("b.example", "A"))


def test_where_no_name_is_held_nothing_is_asked() -> None:
    """The server is not there, and nobody notices."""
    (part,) = ResolveSource(spec(names="aliases"), Context(FixedClock(0))).collect()
    assert (part.coverage, part.problems, list(part.facts)) == ("full", (), [])


def test_what_is_beyond_the_limit_is_said() -> None:
    held = [HeldName(f"{n}.example", "host") for n in range(3)]
    source = ResolveSource(
        spec(names="aliases", limit=1, timeout=0.05, tries=1), Context(FixedClock(0))
    )
    (part,) = source.collect(held)
    assert {answer.name for answer in part.facts if isinstance(answer, Answer)} == {"0.example"}
    assert "3 held names lie outside; only the first 1" in part.problems[0].message


def test_attempts_keep_to_the_rate_after_the_first_second() -> None:
    """The clock of the loop stands in for time: nothing here waits."""

    async def waits() -> list[float]:
        loop = asyncio.get_running_loop()
        pace, slept, clock = Pace(10), [], [100.0]

        async def sleep(seconds: float) -> None:
            slept.append(seconds)
            clock[0] += seconds

        with (
            patch.object(loop, "time", lambda: clock[0]),
            patch("trustpath.connectors.resolve.client.asyncio.sleep", sleep),
        ):
            for _ in range(31):
                await pace.turn()
        return slept

    slept = asyncio.run(waits())
    assert sum(slept) == pytest.approx(2.0)
    assert len(slept) == 20


def test_durations_are_read() -> None:
    assert read_options(spec(timeout="5s")).timeout == 5


@pytest.mark.parametrize(
    "options, words",
    [
        ({"servers": []}, "servers must be a list"),
        ({"servers": "127.0.0.1"}, "servers must be a list"),
        ({"servers": ["localhost:53"]}, "no address of a server"),
        ({"servers": ["127.0.0.1:0"]}, "no address of a server"),
        ({"servers": ["127.0.0.1:99999"]}, "no address of a server"),
        ({"servers": ["[::1]x"]}, "no address of a server"),
        ({"servers": [None]}, "no address of a server"),
        ({"servers": [{"address": "127.0.0.1", "port": 53}]}, "unknown key 'port'"),
        ({"servers": [{"address": "127.0.0.1", "kind": "stub"}]}, "kind is 'stub'"),
        ({"servers": ["127.0.0.1", "127.0.0.1:53"]}, "two servers are called"),
        ({"names": []}, "names must be a list"),
        ({"names": ["a..b"]}, "no domain name"),
        ({"types": ["ANY"]}, "no type of stored records"),
        ({"types": ["AXFR"]}, "no type of stored records"),
        ({"types": ["BOGUS"]}, "no record type"),
        ({"timeout": 0}, "timeout is 0"),
        ({"timeout": True}, "timeout is True"),
        ({"tries": 99}, "tries is 99"),
        ({"concurrency": 0}, "concurrency is 0"),
        ({"dnssec": "yes"}, "dnssec is 'yes'"),
        ({"resolver": "x"}, "unknown option 'resolver'"),
    ],
)
def test_bad_options_name_the_place(options: dict[str, Any], words: str) -> None:
    with pytest.raises(EstateError) as caught:
        ResolveSource(spec(**options), Context(FixedClock(0)))
    assert words in caught.value.message
    assert caught.value.where == "estate.yaml:9"


QUERY = build("www.example", "A", 4711, recursive=True, dnssec=True)
WIRE = dns.message.make_response(QUERY).to_wire()


def read(wire: bytes, *, recursive: bool = True) -> Reply | None:
    try:
        return interpret(parse(wire, QUERY), "www.example", "A", recursive=recursive)
    except (MalformedAnswer, WrongAnswer):
        return None


@given(st.binary(max_size=600))
def test_any_octets_are_an_answer_or_refused(data: bytes) -> None:
    head = QUERY.id.to_bytes(2, "big")
    for wire in (
        data,
        head + data,
        WIRE[:12] + data,
        WIRE + data,
        WIRE[:7] + b"\x03" + WIRE[8:] + data,
    ):
        reply = read(wire)
        assert reply is None or reply.final is not None


@given(st.integers(0, len(WIRE) - 1), st.integers(0, 255))
def test_a_changed_octet_never_gives_records(position: int, octet: int) -> None:
    reply = read(WIRE[:position] + bytes([octet]) + WIRE[position + 1 :], recursive=False)
    assert reply is None or reply.rdatas == ()


def answered(
    flags: int, *records: str, soa: bool = False, referral: bool = False, rcode: int = 0
) -> bytes:
    """Return an answer to QUERY with these records, and what its authority section holds."""
    message = dns.message.make_response(QUERY)
    message.flags = dns.flags.Flag(dns.flags.QR | flags)
    message.set_rcode(dns.rcode.Rcode(rcode))
    for record in records:
        name, kind, text = record.split(" ", 2)
        message.answer.append(dns.rrset.from_text(name, 0, "IN", kind, text))
    if soa:
        text = "ns.example. host.example. 1 3600 600 86400 60"
        message.authority.append(dns.rrset.from_text("example.", 60, "IN", "SOA", text))
    if referral:
        message.authority.append(dns.rrset.from_text("example.", 60, "IN", "NS", "ns.example."))
    return message.to_wire()


ALIAS = "www.example. CNAME cdn.example.net."
END = "cdn.example.net. A 192.0.2.1"
OWN = "www.example. A 192.0.2.1"
RA, AA = dns.flags.RA, dns.flags.AA


@pytest.mark.parametrize(
    ("wire", "recursive", "outcome"),
    [
        (answered(RA, ALIAS, END), True, "noerror"),
        (answered(RA, ALIAS, soa=True), True, "nodata"),
        (answered(RA), True, "nodata"),
        (answered(0, ALIAS), True, "not-recursive"),
        (answered(RA, ALIAS), True, "not-recursive"),
        (answered(AA, ALIAS), True, "not-recursive"),
        (answered(AA, OWN), True, "not-recursive"),
        (answered(0, referral=True), True, "not-recursive"),
        (answered(RA, referral=True), True, "not-recursive"),
        (answered(0, rcode=dns.rcode.NXDOMAIN), True, "not-recursive"),
        (answered(0, rcode=dns.rcode.REFUSED), True, "refused"),
        (answered(0, ALIAS, rcode=dns.rcode.SERVFAIL), True, "servfail"),
        (answered(RA, OWN, rcode=dns.rcode.NXDOMAIN), True, "malformed"),
        (answered(AA, OWN), False, "noerror"),
        (answered(AA, ALIAS), False, "referral"),
        (answered(0, referral=True), False, "referral"),
        (answered(0, OWN), False, "lame"),
        (answered(RA, ALIAS, END), False, "lame"),
        (answered(0, soa=True), False, "lame"),
        (answered(0, rcode=dns.rcode.NXDOMAIN), False, "lame"),
        (answered(AA, soa=True), False, "nodata"),
    ],
)
def test_only_what_a_server_of_that_kind_can_know_speaks_of_the_name(
    wire: bytes, recursive: bool, outcome: str
) -> None:
    reply = read(wire, recursive=recursive)
    assert reply is not None
    assert reply.outcome == outcome
    if outcome not in ("noerror", "nodata", "nxdomain", "referral"):
        assert (reply.rdatas, reply.aliases, reply.final) == ((), (), "www.example")
        assert reply.reason or outcome in ("refused", "servfail")


def test_a_name_is_denied_only_under_its_own_question() -> None:
    wire = answered(RA, rcode=dns.rcode.NXDOMAIN)
    bare = dns.message.from_wire(wire)
    bare.question.clear()
    assert read(bare.to_wire()) is None
