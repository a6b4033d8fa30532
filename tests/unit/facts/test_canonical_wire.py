"""Canonical text of every type, from any wire form: stable, read again, the same by every way."""

from __future__ import annotations

import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.errors import InputError
from trustpath.connectors.axfr.names import MessageError, Wire
from trustpath.connectors.axfr.rdata import read_rdata
from trustpath.facts.records import assemble, canonical_rdata, rrset_facts, text_of_wire
from trustpath.facts.records.canonical import PARSE_ERRORS
from trustpath.facts.records.wireforms import MNEMONICS, numbered
from trustpath.facts.relations.dns import Caa, Rdata, Svcb, Tlsa

KINDS = sorted(
    {int(k) for k in dns.rdatatype.RdataType if int(k) and not dns.rdatatype.is_metatype(k)}
    | set(MNEMONICS.values())
    | {65280}
)
NAMES = (
    b"\0",
    b"\1A\0",
    b"\3fOo\3bar\0",
    b"\2\xff.\0",
    b'\1*\1"\1$\1@\0',
    b"\3a;(\0",
    b"\xc0\x00",
)
# Pieces of the forms that types have: numbers, strings, parameters, type bit maps, digests.
PIECES = (
    b"\0",
    b"\0\0",
    b"\0\1",
    b"\1",
    b"\2",
    b"\3",
    b"\0\1\0\3\2h2",
    b"\0\3\0\2\1\xbb",
    b"\5issue",
    b'\4a"\\\xc3',
    b"\0\1\x40",
    b"\0\x14" + bytes(20),
)
wire = st.lists(
    st.one_of(st.sampled_from(NAMES + PIECES), st.binary(max_size=6), st.binary(max_size=40)),
    max_size=6,
).map(b"".join)


def held(rdtype: int, octets: bytes) -> str | None:
    try:
        return text_of_wire(rdtype, octets)
    except PARSE_ERRORS:
        return None


@given(st.sampled_from(KINDS), wire)
def test_the_canonical_text_of_any_rdata_is_read_again(rdtype: int, octets: bytes) -> None:
    text = held(rdtype, octets)
    if text is None:
        return
    kind = dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rdtype))
    assert canonical_rdata(kind, text, "example.org") == text
    generic = f"\\# {len(octets)} {octets.hex()}"
    assert canonical_rdata(kind, generic, "example.org") == text
    found = list(rrset_facts("example.com", "a.example.com", kind, 1, [text]))
    assert [fact.rdata for fact in found if isinstance(fact, Rdata)] == [text]


@given(st.sampled_from(KINDS), wire)
def test_a_transfer_reads_what_a_file_reads(rdtype: int, octets: bytes) -> None:
    try:
        transferred = read_rdata(rdtype, Wire(octets), 0, len(octets))
    except (*PARSE_ERRORS, MessageError):
        transferred = None
    assert transferred == held(rdtype, octets)


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("MB", "Box", "\\# 17 03626f78076578616d706c6503636f6d00"),
        ("MINFO", "a. B.", "\\# 6 016100016200"),
        ("NXT", "a. A MX", "\\# 5 0161004001"),
        ("EID", "01 02", "\\# 2 0102"),
        ("TYPE31", "0102", "\\# 2 0102"),
        ("GPOS", "a b c", "\\# 6 016101620163"),
        ("GPOS", "-32.6882 116.8652 10.0", "-32.6882 116.8652 10.0"),
        ("NID", "10 14:4fff:ff20:ee64", "10 0014:4fff:ff20:ee64"),
        ("L64", "10 2001:db8:1140:1000", "10 2001:0db8:1140:1000"),
        ("IPSECKEY", "0 0 0 .", "\\# 3 000000"),
        ("IPSECKEY", "10 1 2 192.0.2.38", "\\# 7 0a0102c0000226"),
        ("IPSECKEY", "10 3 2 GW AQNR", "10 3 2 gw.example.com. AQNR"),
        ("DHCID", "\\# 0", "\\# 0"),
        ("A", "\\# 4 c0000201", "192.0.2.1"),
        ("CERT", "PKIX 1 NSEC3RSASHA1 AAAA", "PKIX 1 RSASHA1NSEC3SHA1 AAAA"),
        ("DS", "1 8 SHA-1 " + "ab" * 20, "1 8 1 " + "ab" * 20),
        ("DNSKEY", "ZONE|KSK DNSSEC ECDSAP256SHA256 AAAA", "257 3 13 AAAA"),
        ("NSEC", "b. A EID", "b. A TYPE31"),
        (
            "RRSIG",
            "A 13 3 300 21070101000000 20261117000000 1 a. AAAA",
            "A 13 3 300 19701124173144 20261117000000 1 a. AAAA",
        ),
        ("NSEC3", "1 0 0 - 2T7B4G4V A", "1 0 0 - 2t7b4g4v A"),
        ("SVCB", "0 Other. alpn=h2", "\\# 16 0000056f746865720000010003026832"),
        ("A6", "64 ::1 pre.", "\\# 14 4000000000000000010370726500"),
        ("ATMA", "+358", "\\# 4 01333538"),
        ("DOA", '1 2 3 "" -', "\\# 10 00000001000000020300"),
        ("TLSA", "\\# 3 030101", "\\# 3 030101"),
        ("CAA", "\\# 7 0003612d627879", "\\# 7 0003612d627879"),
    ],
)
def test_what_servers_load_is_held(kind: str, text: str, expected: str) -> None:
    once = canonical_rdata(kind, text, "example.com")
    assert once == expected
    read = dns.rdatatype.to_text(dns.rdatatype.from_text(numbered(kind)))
    assert canonical_rdata(read, once, "") == once


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("A", "\\# 3 c00002"),
        ("TXT", "\\# 0"),
        ("MX", "\\# 4 000a0100"),
        ("MB", "\\# 6 0161016200ff"),
        ("DHCID", "\\# 2 01"),
        ("NID", "10 1:2:3:4:5"),
        ("NID", "10 1:2:3:10000"),
        ("GPOS", "a b"),
        ("EID", ""),
        ("EID", "012"),
        ("IPSECKEY", "10 3 0"),
        ("A6", "129 ::1 a."),
        ("NXT", "a. TYPE128"),
        ("RRSIG", "A 13 3 300 42949672961 1 1 a. AAAA"),
        ("DS", "1 8 MD5 0102"),
    ],
)
def test_what_servers_refuse_is_refused(kind: str, text: str) -> None:
    with pytest.raises(InputError):
        canonical_rdata(kind, text, "example.com")


def test_names_in_old_types_are_never_held_compressed() -> None:
    message = b"\3foo\0" + b"\xc0\x00" + b"\1A\xc0\x00"
    assert read_rdata(7, Wire(message), 5, 7) == "\\# 5 03666f6f00"
    assert read_rdata(14, Wire(message), 5, 11) == "\\# 12 03666f6f000161" + "03666f6f00"


def test_names_in_raw_data_are_in_lower_case() -> None:
    service = b"\0\0\3FOO\0" + b"\0\1\0\3\2h2"
    assert text_of_wire(64, service) == "\\# 14 000003666f6f0000010003026832"
    prefix = b"\x40" + bytes(8) + b"\1A\0"
    assert text_of_wire(38, prefix) == "\\# 12 400000000000000000016100"


def test_raw_data_that_can_be_judged_is() -> None:
    (tlsa,) = [f for f in rrset_facts("a", "a", "TLSA", 1, ["\\# 3 030101"]) if isinstance(f, Tlsa)]
    assert (tlsa.usage, tlsa.selector, tlsa.matching, tlsa.octets) == (3, 1, 1, 0)
    raw = canonical_rdata("HTTPS", "0 Other. alpn=h2", "")
    (svcb,) = [f for f in rrset_facts("a", "a", "HTTPS", 1, [raw]) if isinstance(f, Svcb)]
    assert (svcb.priority, svcb.target, svcb.alpn) == (0, "other", None)
    found = [
        f for f in rrset_facts("a", "a", "CAA", 1, ["\\# 7 8003612d627879"]) if isinstance(f, Caa)
    ]
    assert [(f.critical, f.known, f.tag) for f in found] == [(True, False, "a-b")]
    assert assemble([("a", "TLSA", 1, "\\# 3 030101")], "a", "f").unread == 0
    assert assemble([("a", "DS", 1, "\\# 6 000108020102")], "a", "f").unread == 1
