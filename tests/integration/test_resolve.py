"""Live resolution against real BIND and Unbound, and against servers that misbehave."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from resolvers import (
    LOOPBACK,
    bind,
    free_dns_port,
    new_anchor,
    sign_zone,
    udp_server,
    unbound,
    write_zone,
)
from trustpath.base.clock import FixedClock
from trustpath.connectors.resolve import ResolveSource
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations.resolution import Answer, AnswerAlias, AnswerRdata
from trustpath.facts.source import Context, SourceSpec

PLAIN = """
www A 192.0.2.10
www AAAA 2001:db8::10
www CAA 0 issue "letsencrypt.org"
alias CNAME middle
middle 60 CNAME www
dangling CNAME gone
loop1 CNAME loop2
loop2 CNAME loop1
away CNAME host.elsewhere.test.
old DNAME new
a.new A 192.0.2.20
@ MX 10 mail
mail A 192.0.2.30
svc HTTPS 1 . alpn=h2 port=8443
sub NS ns.sub
ns.sub A 127.0.0.1
*.wild A 192.0.2.40
""" + "".join(f'big TXT "{n:03d}{"x" * 200}"\n' for n in range(40))


@dataclass(frozen=True)
class Servers:
    """Ports of the servers that all tests of this file share."""

    bind: int
    unbound: int


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("dns")
    signed, anchor = sign_zone(folder, "signed.test", "www A 192.0.2.50\n")
    bogus, _ = sign_zone(folder, "bogus.test", "www A 192.0.2.60\n")
    broken = folder / "broken.test.zone"
    broken.write_text("this is no zone file\n")
    zones = {
        "example.test": write_zone(folder, "example.test", PLAIN),
        "signed.test": signed,
        "bogus.test": bogus,
        "broken.test": broken,
    }
    resolver = folder / "unbound"
    resolver.mkdir()
    with bind(folder, zones) as authority:
        stubs = {**dict.fromkeys(zones, authority), "dead.test": free_dns_port()}
        anchors = [anchor, new_anchor(resolver, "bogus.test")]
        insecure = ["example.test", "broken.test", "dead.test"]
        with unbound(resolver, stubs, anchors=anchors, insecure=insecure) as recursive:
            yield Servers(authority, recursive)


def collect(servers: list[Any], names: list[str], types: list[str], **options: Any) -> list[Part]:
    spec = SourceSpec(
        "live", "resolve", {"servers": servers, "names": names, "types": types, **options}, Path()
    )
    return [
        Part(p.name, p.grade, p.coverage, p.observed_at, list(p.facts), p.problems, p.view)
        for p in ResolveSource(spec, Context(FixedClock(1_800_000_000))).collect()
    ]


def recursive(servers: Servers, name: str, rdtype: str) -> Part:
    (part,) = collect([f"{LOOPBACK}:{servers.unbound}"], [name], [rdtype])
    return part


def authoritative(servers: Servers, name: str, rdtype: str) -> Part:
    server = {"address": f"{LOOPBACK}:{servers.bind}", "name": "primary", "kind": "authoritative"}
    (part,) = collect([server], [name], [rdtype])
    return part


def answer(part: Part) -> Answer:
    (row,) = [row for row in part.facts if isinstance(row, Answer)]
    return row


def rows(part: Part) -> list[AnswerRdata]:
    return [row for row in part.facts if isinstance(row, AnswerRdata)]


def chain(part: Part) -> list[tuple[str, str]]:
    steps = sorted((r for r in part.facts if isinstance(r, AnswerAlias)), key=lambda r: r.position)
    return [(step.owner, step.target) for step in steps]


@pytest.mark.peer
class TestRealServers:
    def test_an_address(self, servers: Servers) -> None:
        part = recursive(servers, "WWW.example.test.", "A")
        assert (part.grade, part.coverage, part.problems) == (Grade.OBSERVATION, Coverage.FULL, ())
        assert part.name == part.view == f"{LOOPBACK}:{servers.unbound}"
        row = answer(part)
        assert (row.outcome, row.name, row.final) == (
            "noerror",
            "www.example.test",
            "www.example.test",
        )
        assert (row.kind, row.authoritative, row.authenticated) == ("recursive", False, False)
        assert row.ttl is not None
        assert 0 < row.ttl <= 300
        (found,) = rows(part)
        assert (found.rdata, found.address) == ("192.0.2.10", "192.0.2.10")
        assert found.address_key == "4" + "0" * 24 + "c000020a"

    def test_several_vantages_and_types_side_by_side(self, servers: Servers) -> None:
        parts = collect(
            [
                f"{LOOPBACK}:{servers.unbound}",
                {
                    "address": f"{LOOPBACK}:{servers.bind}",
                    "name": "primary",
                    "kind": "authoritative",
                },
            ],
            ["www.example.test", "svc.example.test"],
            ["A", "AAAA", "CAA", "HTTPS"],
        )
        assert [part.name for part in parts] == [f"{LOOPBACK}:{servers.unbound}", "primary"]
        seen = [
            {(r.name, r.type, r.rdata, r.target, r.priority) for r in rows(part)} for part in parts
        ]
        assert seen[0] == seen[1]
        assert (
            "svc.example.test",
            "HTTPS",
            '1 . alpn="h2" port="8443"',
            "svc.example.test",
            1,
        ) in seen[0]
        assert ("www.example.test", "CAA", '0 issue "letsencrypt.org"', None, None) in seen[0]
        assert [len([r for r in p.facts if isinstance(r, Answer)]) for p in parts] == [8, 8]
        assert {r.authoritative for r in parts[1].facts if isinstance(r, Answer)} == {True}

    def test_mail_exchanger_has_target_and_priority(self, servers: Servers) -> None:
        (found,) = rows(recursive(servers, "example.test", "MX"))
        assert (found.rdata, found.target, found.priority) == (
            "10 mail.example.test.",
            "mail.example.test",
            10,
        )

    @pytest.mark.parametrize("ask", [recursive, authoritative])
    def test_nodata_nxdomain_and_negative_ttl(self, servers: Servers, ask: Any) -> None:
        nodata = answer(ask(servers, "mail.example.test", "AAAA"))
        assert (nodata.outcome, nodata.ttl is not None and nodata.ttl <= 60) == ("nodata", True)
        missing = answer(ask(servers, "nothing.example.test", "A"))
        assert (missing.outcome, missing.ttl is not None and missing.ttl <= 60) == (
            "nxdomain",
            True,
        )

    @pytest.mark.parametrize("ask", [recursive, authoritative])
    def test_alias_chain(self, servers: Servers, ask: Any) -> None:
        part = ask(servers, "alias.example.test", "A")
        row = answer(part)
        assert (row.outcome, row.final) == ("noerror", "www.example.test")
        assert row.ttl is not None
        assert row.ttl <= 60
        assert chain(part) == [
            ("alias.example.test", "middle.example.test"),
            ("middle.example.test", "www.example.test"),
        ]
        assert [(r.name, r.rdata) for r in rows(part)] == [("alias.example.test", "192.0.2.10")]

    def test_alias_to_nothing(self, servers: Servers) -> None:
        part = recursive(servers, "dangling.example.test", "A")
        assert (answer(part).outcome, answer(part).final) == ("nxdomain", "gone.example.test")
        assert chain(part) == [("dangling.example.test", "gone.example.test")]
        assert rows(part) == []

    def test_asking_for_the_alias_itself(self, servers: Servers) -> None:
        part = recursive(servers, "alias.example.test", "CNAME")
        assert answer(part).final == "alias.example.test"
        assert [r.target for r in rows(part)] == ["middle.example.test"]
        assert chain(part) == []

    def test_dname(self, servers: Servers) -> None:
        part = recursive(servers, "a.old.example.test", "A")
        assert answer(part).final == "a.new.example.test"
        assert ("old.example.test", "new.example.test") in chain(part)
        assert [r.rdata for r in rows(part)] == ["192.0.2.20"]

    def test_alias_loop_ends(self, servers: Servers) -> None:
        part = authoritative(servers, "loop1.example.test", "A")
        assert chain(part)[:2] == [
            ("loop1.example.test", "loop2.example.test"),
            ("loop2.example.test", "loop1.example.test"),
        ]
        assert rows(part) == []
        assert answer(part).outcome == "malformed"
        assert "repeats" in str(part.problems[0])

    def test_wildcard_answers(self, servers: Servers) -> None:
        assert [r.rdata for r in rows(recursive(servers, "x.wild.example.test", "A"))] == [
            "192.0.2.40"
        ]

    def test_an_authority_that_points_elsewhere_says_nothing_of_the_name(
        self, servers: Servers
    ) -> None:
        assert answer(authoritative(servers, "x.sub.example.test", "A")).outcome == "referral"
        away = authoritative(servers, "away.example.test", "A")
        assert answer(away).outcome == "referral"
        assert chain(away) == [("away.example.test", "host.elsewhere.test")]
        assert answer(authoritative(servers, "www.unknown.test", "A")).outcome == "refused"

    def test_answer_larger_than_a_datagram(self, servers: Servers) -> None:
        part = recursive(servers, "big.example.test", "TXT")
        assert answer(part).outcome == "noerror"
        assert len(rows(part)) == 40

    def test_validated_answer(self, servers: Servers) -> None:
        assert answer(recursive(servers, "www.signed.test", "A")).authenticated
        denied = answer(recursive(servers, "nothing.signed.test", "A"))
        assert (denied.outcome, denied.authenticated) == ("nxdomain", True)

    def test_bogus_zone_keeps_the_extended_error(self, servers: Servers) -> None:
        row = answer(recursive(servers, "www.bogus.test", "A"))
        assert row.outcome == "servfail"
        assert row.ede in {6, 7, 9, 10}
        assert not row.authenticated

    def test_broken_zone(self, servers: Servers) -> None:
        assert answer(authoritative(servers, "www.broken.test", "A")).outcome == "servfail"
        row = answer(recursive(servers, "www.broken.test", "A"))
        assert row.outcome == "servfail"

    def test_a_silent_server_does_not_hold_up_the_others(self, servers: Servers) -> None:
        with udp_server(lambda _: []) as silent:
            parts = collect(
                [f"{LOOPBACK}:{silent}", f"{LOOPBACK}:{servers.unbound}"],
                ["www.example.test", "mail.example.test"],
                ["A"],
                timeout=0.2,
                tries=2,
            )
        assert [part.coverage for part in parts] == [Coverage.PARTIAL, Coverage.FULL]
        assert [r.outcome for r in parts[0].facts if isinstance(r, Answer)] == [
            "timeout",
            "timeout",
        ]
        assert "2 of 2 questions got no answer" in str(parts[0].problems[0])
        assert [r.rdata for r in rows(parts[1])] == ["192.0.2.10", "192.0.2.30"]


def reply_to(data: bytes, *records: str, rcode: int = 0) -> dns.message.Message:
    query = dns.message.from_wire(data)
    reply = dns.message.make_response(query, recursion_available=True)
    reply.set_rcode(dns.rcode.Rcode(rcode))
    for record in records:
        name, kind, text = record.split(" ", 2)
        reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, text))
    return reply


def one(server: int, rdtype: str = "A", **options: Any) -> Part:
    settings = {"timeout": 0.3, "tries": 2} | options
    (part,) = collect([f"{LOOPBACK}:{server}"], ["www.example.test"], [rdtype], **settings)
    return part


GOOD = "www.example.test. A 192.0.2.1"


class TestMisbehaviour:
    def test_nobody_listens(self) -> None:
        part = one(free_dns_port())
        assert answer(part).outcome == "timeout"
        assert "refused" in str(part.problems[0])

    def test_garbage_under_the_right_id_is_malformed(self) -> None:
        with udp_server(lambda q: [q[:2] + b"\x81\x80" + b"\xff" * 40]) as port:
            part = one(port)
        assert answer(part).outcome == "malformed"
        assert part.coverage is Coverage.PARTIAL
        assert "cannot be read" in str(part.problems[0])

    def test_a_server_that_does_not_recurse_answers_nothing(self) -> None:
        def bare(query: bytes) -> list[bytes]:
            reply = reply_to(query, "www.example.test. CNAME cdn.example.net.")
            reply.flags &= ~dns.flags.RA
            return [reply.to_wire()]

        with udp_server(bare) as port:
            part = one(port)
        assert (answer(part).outcome, rows(part), chain(part)) == ("not-recursive", [], [])
        (problem,) = part.problems
        assert part.coverage is Coverage.PARTIAL
        assert problem.where == f"{LOOPBACK}:{port}"
        assert "RA=0" in problem.message
        assert "kind: authoritative" in problem.hint

    def test_answers_to_other_questions_are_not_believed(self) -> None:
        def forge(query: bytes) -> list[bytes]:
            other_id = bytes([query[0] ^ 1]) + query[1:]
            wrong = dns.message.make_query(
                "other.example.", "A", id=int.from_bytes(query[:2], "big")
            )
            evil = "www.example.test. A 203.0.113.66"
            return [
                b"",
                b"\x00",
                reply_to(other_id, evil).to_wire(),
                reply_to(wrong.to_wire(), evil).to_wire(),
                reply_to(query, GOOD).to_wire(),
            ]

        with udp_server(forge) as port:
            part = one(port)
        assert [r.rdata for r in rows(part)] == ["192.0.2.1"]
        assert part.coverage is Coverage.FULL

    def test_only_forged_answers_are_no_answer(self) -> None:
        with udp_server(lambda q: [bytes([q[0] ^ 1]) + q[1:]]) as port:
            assert answer(one(port)).outcome == "timeout"

    def test_an_echoed_question_is_malformed(self) -> None:
        with udp_server(lambda q: [q]) as port:
            assert answer(one(port)).outcome == "malformed"

    def test_a_lost_datagram_is_asked_again(self) -> None:
        seen: list[bytes] = []

        def second_time(query: bytes) -> list[bytes]:
            seen.append(query)
            return [reply_to(query, GOOD).to_wire()] if len(seen) > 1 else []

        with udp_server(second_time) as port:
            part = one(port)
        assert [r.rdata for r in rows(part)] == ["192.0.2.1"]
        assert len(seen) == 2

    def test_a_server_without_edns_is_asked_without(self) -> None:
        def old(query: bytes) -> list[bytes]:
            parsed = dns.message.from_wire(query)
            if parsed.edns >= 0:
                plain = dns.message.Message(id=parsed.id)
                plain.flags = dns.flags.Flag(dns.flags.QR)
                plain.set_rcode(dns.rcode.FORMERR)
                return [plain.to_wire()]
            return [reply_to(query, GOOD).to_wire()]

        with udp_server(old) as port:
            assert answer(one(port)).outcome == "noerror"

    def test_the_question_asks_for_signatures_and_the_authentic_data_bit(self) -> None:
        seen: list[dns.message.Message] = []

        def note(query: bytes) -> list[bytes]:
            seen.append(dns.message.from_wire(query))
            return [reply_to(query, GOOD).to_wire()]

        with udp_server(note) as port:
            one(port)
            one(port, dnssec=False)
        assert [bool(q.ednsflags & dns.flags.DO) for q in seen] == [True, False]
        assert all(q.flags & dns.flags.AD and q.flags & dns.flags.RD for q in seen)
        assert all(q.payload == 1232 for q in seen)

    def test_cut_answer_and_no_tcp(self) -> None:
        def cut(query: bytes) -> list[bytes]:
            reply = reply_to(query)
            reply.flags |= dns.flags.TC
            return [reply.to_wire()]

        with udp_server(cut) as port:
            part = one(port)
        assert answer(part).outcome == "timeout"
        assert "refused" in str(part.problems[0])

    @pytest.mark.parametrize("sent", [b"\x00\x40abc", b"\xff\xff" + b"x" * 100, b""])
    def test_tcp_that_breaks_off(self, sent: bytes) -> None:
        def cut(query: bytes) -> list[bytes]:
            reply = reply_to(query)
            reply.flags |= dns.flags.TC
            return [reply.to_wire()]

        with udp_server(cut) as port, socket.socket() as listener:
            listener.bind((LOOPBACK, port))
            listener.listen()
            listener.settimeout(5)

            def serve() -> None:
                for _ in range(2):
                    connection, _peer = listener.accept()
                    with connection:
                        connection.recv(1000)
                        connection.sendall(sent)

            thread = threading.Thread(target=serve, daemon=True)
            thread.start()
            part = one(port)
            thread.join(5)
        assert answer(part).outcome == "malformed"

    def test_a_chain_of_a_thousand_aliases_is_bounded(self) -> None:
        def long(query: bytes) -> list[bytes]:
            names = ["www.example.test.", *(f"n{n}.example.test." for n in range(1000))]
            records = [f"{a} CNAME {b}" for a, b in pairwise(names)]
            return [reply_to(query, *records).to_wire(max_size=65535)]

        with udp_server(long) as port:
            part = one(port)
        assert len(chain(part)) == 64
        assert answer(part).outcome == "malformed"

    def test_unrelated_records_in_the_answer_are_not_believed(self) -> None:
        with udp_server(lambda q: [reply_to(q, "evil.test. A 203.0.113.66").to_wire()]) as port:
            part = one(port)
        assert (answer(part).outcome, rows(part)) == ("nodata", [])

    def test_a_dead_server_is_not_asked_for_hours(self) -> None:
        asked: list[bytes] = []
        names = [f"n{n}.example.test" for n in range(200)]

        def note(query: bytes) -> list[bytes]:
            asked.append(query)
            return []

        with udp_server(note) as port:
            (part,) = collect(
                [f"{LOOPBACK}:{port}"], names, ["A"], timeout=0.05, tries=1, concurrency=8
            )
        outcomes = [row.outcome for row in part.facts if isinstance(row, Answer)]
        assert set(outcomes) == {"timeout"}
        assert len(outcomes) < 40
        assert any("not asked" in problem.message for problem in part.problems)
        assert len(asked) < 40
