"""AXFR against servers that misbehave: every way ends in one clear problem and no facts."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.message
import dns.name
import dns.rrset
import dns.tsig
import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError
from trustpath.connectors.axfr import make
from trustpath.connectors.axfr.message import read_message
from trustpath.connectors.axfr.names import MessageError, Wire, read_name
from trustpath.facts.part import Coverage, Part
from trustpath.facts.records import Record, canonical_text
from trustpath.facts.source import Context, SourceSpec

APEX = "example.test"
SOA = f"{APEX}. 60 IN SOA ns1.{APEX}. h.{APEX}. 1 2 3 4 5"
KEY = dns.tsig.Key("k", "c2VjcmV0LXNlY3JldC1zZWNyZXQ=", "hmac-sha256")

Handler = Callable[[socket.socket, bytes], None]


@contextlib.contextmanager
def serving(handler: Handler) -> Iterator[str]:
    """Answer one connection after another by ``handler``, which gets the query without length."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                length = int.from_bytes(connection.recv(2, socket.MSG_WAITALL), "big")
                handler(connection, connection.recv(length, socket.MSG_WAITALL))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def rrset(text: str) -> dns.rrset.RRset:
    name, ttl, rdclass, rdtype, data = text.split(" ", 4)
    return dns.rrset.from_text(name, int(ttl), rdclass, rdtype, data)


def answer(query: bytes, *records: str) -> bytes:
    """Return an answer message with those records, unsigned."""
    response = dns.message.make_response(dns.message.from_wire(query, keyring={KEY.name: KEY}))
    response.tsig = None
    response.answer = [rrset(r) for r in records]
    return response.to_wire(max_size=65535)


def framed(message: bytes) -> bytes:
    return struct.pack(">H", len(message)) + message


def collect(address: str, **options: object) -> Part:
    spec = SourceSpec(
        "a", "axfr", {"server": address, "zones": [APEX], "timeout": 1, **options}, Path()
    )
    (part,) = make(
        spec, Context(FixedClock(int(time.time())), secrets={"S": "c2VjcmV0LXNlY3JldC1zZWNyZXQ="})
    ).collect()
    return part


def refuse(handler: Handler, message: str, **options: object) -> None:
    with serving(handler) as address:
        part = collect(address, **options)
    assert part.coverage is Coverage.NONE
    assert list(part.facts) == []
    assert message in part.problems[0].message, part.problems


def records(count: int) -> list[str]:
    return [f"h{n}.{APEX}. 60 IN A 10.0.{n >> 8}.{n & 255}" for n in range(count)]


def test_a_good_transfer_in_one_or_many_messages() -> None:
    def handler(connection: socket.socket, query: bytes) -> None:
        for message in ([SOA], records(100), records(200)[100:], [SOA]):
            connection.sendall(framed(answer(query, *message)))

    with serving(handler) as address:
        part = collect(address)
    assert part.coverage is Coverage.FULL
    assert len([f for f in part.facts if type(f).__name__ == "Rrset"]) == 201


def test_cut_in_the_middle() -> None:
    def between(connection: socket.socket, query: bytes) -> None:
        connection.sendall(framed(answer(query, SOA, *records(50))))

    def inside(connection: socket.socket, query: bytes) -> None:
        connection.sendall(framed(answer(query, SOA, *records(50), SOA))[:-9])

    refuse(between, "cut off after 51 records")
    refuse(inside, "cut off")


def test_a_server_that_stalls() -> None:
    def silent(connection: socket.socket, query: bytes) -> None:
        connection.recv(1)  # until the client gives up

    def dripping(connection: socket.socket, query: bytes) -> None:
        connection.settimeout(0.2)
        for octet in framed(answer(query, SOA, *records(50), SOA)):
            connection.sendall(bytes([octet]))
            with contextlib.suppress(TimeoutError):
                if not connection.recv(1):
                    return

    refuse(silent, "silent")
    refuse(dripping, "not complete after", total_timeout=2)


def test_the_zone_changes_meanwhile() -> None:
    def handler(connection: socket.socket, query: bytes) -> None:
        connection.sendall(framed(answer(query, SOA, *records(3), SOA.replace(" 1 2 3", " 2 2 3"))))

    refuse(handler, "changed during its transfer")


def test_answers_that_are_no_transfer() -> None:
    refuse(lambda c, q: c.sendall(framed(answer(q, *records(2)))), "does not start with the SOA")
    refuse(
        lambda c, q: c.sendall(framed(answer(q, SOA, *records(2), SOA, *records(1)))),
        "follow the closing",
    )
    refuse(lambda c, q: c.sendall(framed(b"\0\1" + answer(q, SOA)[2:])), "no answer to the query")
    refuse(lambda c, q: c.sendall(framed(q)), "no answer to the query")
    refuse(lambda c, q: c.sendall(framed(answer(q, SOA) + b"x")), "after the last record")
    refuse(lambda c, q: c.sendall(framed(b"short")), "ends inside")
    refuse(lambda c, q: c.sendall(b"\0\0" * 5), "ends inside")
    refuse(lambda c, q: None, "cut off after 0 records")


TSIG = {"name": "k", "secret": "env:S"}


def signed(query: bytes, messages: list[list[str]], sign: Callable[[int], bool]) -> list[bytes]:
    """Return transfer messages of which those that ``sign`` picks carry a TSIG over what came before."""
    request = dns.message.from_wire(query, keyring={KEY.name: KEY})
    context, result = None, []
    for index, texts in enumerate(messages):
        response = dns.message.make_response(request)
        response.answer = [rrset(r) for r in texts]
        if sign(index):
            wire = response.to_wire(max_size=65535, multi=True, tsig_ctx=context)
            context = response.tsig_ctx
        else:
            response.tsig = None
            wire = response.to_wire(max_size=65535)
            assert context is not None
            context.update(wire)
        result.append(wire)
    return result


def test_signatures_may_skip_messages_but_not_the_last() -> None:
    parts = [[SOA], records(50), records(100)[50:], [SOA]]

    def every_third(connection: socket.socket, query: bytes) -> None:
        for message in signed(query, parts, lambda n: n % 3 == 0):
            connection.sendall(framed(message))

    def not_the_last(connection: socket.socket, query: bytes) -> None:
        for message in signed(query, parts, lambda n: n == 0):
            connection.sendall(framed(message))

    def altered(connection: socket.socket, query: bytes) -> None:
        for message in signed(query, parts, lambda n: n % 3 == 0):
            connection.sendall(framed(message.replace(bytes([10, 0, 0, 7]), bytes([10, 0, 0, 8]))))

    def too_few(connection: socket.socket, query: bytes) -> None:
        long = [[SOA], *[records(1)] * 150, [SOA]]
        for message in signed(query, long, lambda n: n in {0, 151}):
            connection.sendall(framed(message))

    with serving(every_third) as address:
        assert collect(address, tsig=TSIG).coverage is Coverage.FULL
    refuse(not_the_last, "last message", tsig=TSIG)
    refuse(altered, "does not verify", tsig=TSIG)
    refuse(too_few, "more than 99", tsig=TSIG)
    refuse(
        lambda c, q: c.sendall(framed(answer(q, SOA, *records(1), SOA))), "not signed", tsig=TSIG
    )


@pytest.mark.parametrize(
    "octets",
    [
        b"\xc0\x00",  # itself
        b"\xc0\x04",  # ahead
        b"\x01a\xc0\x00",  # back to its own start
        b"\x40",  # label of unknown kind
        b"\x80a",
    ],
)
def test_names_that_lead_nowhere(octets: bytes) -> None:
    with pytest.raises(MessageError):
        read_name(Wire(octets + bytes(10)), 0)


def test_name_limits() -> None:
    label = b"\x3f" + b"a" * 63
    with pytest.raises(MessageError, match="longer than"):
        read_name(Wire(label * 4 + b"\0"), 0)
    chain = b"\0" + b"".join(struct.pack(">H", 0xC000 | max(0, 2 * n - 1)) for n in range(400))
    with pytest.raises(MessageError, match="leads nowhere"):
        read_name(Wire(chain), len(chain) - 2)
    with pytest.raises(IndexError):
        read_name(Wire(b"\x05ab"), 0)


label = st.binary(min_size=1, max_size=12)


@given(st.lists(label, max_size=8))
def test_names_equal_dnspython(labels: list[bytes]) -> None:
    name = dns.name.Name([*labels, b""])
    octets = name.to_wire() or b""
    text, end = read_name(Wire(b"xyz" + octets + b"tail"), 3)
    assert end == 3 + len(octets)
    assert text + "." == name.canonicalize().to_text() or (text == "" and name == dns.name.root)


GOOD = answer(
    dns.message.make_query(APEX, "AXFR", id=7).to_wire(),
    SOA,
    f"a.{APEX}. 60 IN MX 10 mail.a.{APEX}.",
    f'a.{APEX}. 60 IN TXT "x" "y"',
    f'a.{APEX}. 60 IN CAA 0 issue "ca.test"',
    f"a.{APEX}. 60 IN AAAA 2001:db8::1",
    f"a.{APEX}. 60 IN RRSIG A 13 3 60 20261201000000 20261117000000 12345 {APEX}. AAAA",
    f"a.{APEX}. 60 IN NSEC b.{APEX}. A TXT CAA TYPE65281",
    f"a.{APEX}. 60 IN NSEC3 1 0 5 ab 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG",
    f"a.{APEX}. 60 IN SRV 1 2 3 t.{APEX}.",
    f"a.{APEX}. 60 IN HTTPS 1 . alpn=h2",
)


def test_a_message_reads_as_dnspython_reads_it() -> None:
    found: list[Record] = []
    read_message(GOOD, 7, found)
    expected = [
        (
            found_set.name.to_text(omit_final_dot=True),
            found_set.rdtype.name,
            found_set.ttl,
            canonical_text(rdata),
        )
        for found_set in dns.message.from_wire(GOOD).answer
        for rdata in found_set
    ]
    assert found == expected
    assert len(found) == 10


@given(st.data())
def test_damaged_messages_raise_one_kind_of_error(data: st.DataObject) -> None:
    damaged = bytearray(GOOD)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(damaged)))
    with contextlib.suppress(MessageError):
        read_message(bytes(damaged[:cut]), 7, [])
    with contextlib.suppress(MessageError):
        read_message(bytes(damaged), damaged[0] << 8 | damaged[1], [])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"server": "127.0.0.1:1"}, "no zones"),
        ({"server": "127.0.0.1:1", "zone": [APEX]}, "unknown option 'zone'"),
        ({"server": "127.0.0.1:99999", "zones": [APEX]}, "no server"),
        ({"zones": [APEX]}, "no server"),
        ({"server": "h", "zones": ["a..b"]}, "zones"),
        ({"server": "h", "zones": [APEX], "timeout": "soon"}, "timeout"),
        ({"server": "h", "zones": [APEX], "tsig": "k"}, "tsig has"),
        ({"server": "h", "zones": [APEX], "tsig": {"name": "k", "secret": "c2VjcmV0"}}, "not written into"),
        ({"server": "h", "zones": [APEX], "tsig": {"name": "k", "algorithm": "md4", "secret": "env:X"}}, "md4"),
    ],
)  # fmt: skip
def test_bad_options(options: dict[str, object], message: str) -> None:
    with pytest.raises(EstateError, match=message):
        make(SourceSpec("a", "axfr", options, Path()), Context(FixedClock(0)))
