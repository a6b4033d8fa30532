"""RFC 2136 messages in wire form."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import dns.message
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.update
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proposals import EXAMPLE, Held
from trustpath.base.errors import InputError, TrustpathError
from trustpath.connectors.proposals.update import parse_update, read_update
from trustpath.facts.proposal import Action, resolve


def message() -> dns.update.UpdateMessage:
    update = dns.update.UpdateMessage("example.test")
    update.present("www")
    update.present("txt", "TXT")
    update.present("www", "A", "192.0.2.10")
    update.present("www", "A", "192.0.2.11")
    update.absent("free")
    update.absent("www", "MX")
    update.add("New", 60, "A", "192.0.2.5", "192.0.2.6")
    update.delete("www", "A", "192.0.2.10")
    update.delete("txt", "TXT")
    update.delete("alias")
    return update


def test_every_form() -> None:
    found = parse_update(message().to_wire(), "update.bin")
    assert [(o.action, o.name, o.type, o.ttl, o.rdatas) for o in found.operations] == [
        (Action.ADD, "new.example.test", "A", 60, ("192.0.2.5",)),
        (Action.ADD, "new.example.test", "A", 60, ("192.0.2.6",)),
        (Action.REMOVE, "www.example.test", "A", None, ("192.0.2.10",)),
        (Action.REMOVE_RRSET, "txt.example.test", "TXT", None, ()),
        (Action.REMOVE_NAME, "alias.example.test", None, None, ()),
    ]
    assert {(p.kind, p.name, p.type, p.rdatas) for p in found.prerequisites} == {
        ("name-in-use", "www.example.test", None, ()),
        ("rrset-exists", "txt.example.test", "TXT", ()),
        ("rrset-equals", "www.example.test", "A", ("192.0.2.10", "192.0.2.11")),
        ("name-not-in-use", "free.example.test", None, ()),
        ("rrset-absent", "www.example.test", "MX", ()),
    }
    assert {o.zone for o in found.operations} == {"example.test"}
    edits = resolve(found, Held({"example.test": EXAMPLE})).edits
    assert [(e.name, e.type, e.action) for e in edits] == [
        ("alias.example.test", "CNAME", "remove"),
        ("new.example.test", "A", "add"),
        ("txt.example.test", "TXT", "remove"),
        ("www.example.test", "A", "change"),
    ]


def test_from_a_file_with_the_length_of_tcp(tmp_path: Path) -> None:
    wire = message().to_wire()
    path = tmp_path / "update.bin"
    path.write_bytes(len(wire).to_bytes(2, "big") + wire)
    assert len(read_update(path).operations) == 5
    path.write_bytes(b"\0" * 70000)
    with pytest.raises(InputError, match="more than 65537 octets"):
        read_update(path)
    with pytest.raises(InputError, match="No such file"):
        read_update(tmp_path / "absent")


def test_a_signature_is_noted_and_not_verified() -> None:
    update = message()
    update.use_tsig(dns.tsig.Key("key.", b"0123456789abcdef", "hmac-sha256"))
    found = parse_update(update.to_wire(), "update.bin")
    assert len(found.operations) == 5
    assert [r.message for r in found.remarks] == [
        "the message is signed with TSIG, which is not verified"
    ]


def record(update: dns.update.UpdateMessage, rdtype: str, rdclass: str, text: str) -> None:
    update.update.append(dns.rrset.from_text("a.example.test.", 0, rdclass, rdtype, text))


def test_what_is_no_update_is_refused() -> None:
    query = dns.message.make_query("example.test", "A")
    answer = message()
    answer.flags |= 0x8000
    chaos = dns.update.UpdateMessage("example.test", rdclass=dns.rdataclass.CH)
    foreign = dns.update.UpdateMessage("example.test")
    record(foreign, "TXT", "CH", '"x"')
    timed = bytearray(dns.update.UpdateMessage("example.test").to_wire())
    timed[8:10] = b"\0\1"
    timed += b"\xc0\x0c\0\1\0\xfe\0\0\0\5\0\4\xc0\0\2\1"
    cases = {
        "is QUERY": query.to_wire(),
        "is a response": answer.to_wire(),
        "one zone of class IN": chaos.to_wire(),
        "class CH": foreign.to_wire(),
        "with a TTL": bytes(timed),
        "no well-formed update": message().to_wire()[:-3],
    }
    for expected, wire in cases.items():
        with pytest.raises(InputError) as caught:
            parse_update(wire, "update.bin")
        assert expected in str(caught.value)
        assert caught.value.where.startswith("update.bin")


WIRE = message().to_wire()


@given(
    st.one_of(
        st.binary(max_size=200),
        st.binary(max_size=120).map(lambda tail: WIRE[:12] + tail),
        st.tuples(st.integers(0, len(WIRE) - 1), st.integers(0, 255)).map(
            lambda change: WIRE[: change[0]] + bytes([change[1]]) + WIRE[change[0] + 1 :]
        ),
    )
)
def test_hostile_octets_are_read_or_refused(wire: bytes) -> None:
    with suppress(TrustpathError):
        resolve(parse_update(wire, "x"), Held({"example.test": EXAMPLE}))
