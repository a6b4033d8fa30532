"""Our reading of master files equals dnspython's, on generated zones and on hand-picked lines."""

from __future__ import annotations

import base64
import re
import tempfile
from pathlib import Path

import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.connectors.zonefile.fast import FAST
from trustpath.connectors.zonefile.reader import read_master_file
from trustpath.facts.records import assemble, canonical_rdata, canonical_text

APEX = "example.com"
HEADER = f"$ORIGIN {APEX}.\n@ 3600 IN SOA ns1 host 1 2 3 4 300\n@ 3600 IN NS ns1\n"

Content = dict[tuple[str, str], tuple[int, frozenset[str]]]


def ours(text: str) -> Content:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "zone"
        path.write_text(text, encoding="utf-8", newline="")
        reading = read_master_file(path, path.parent, APEX)
    assert reading.problems == []
    return {
        (name, rdtype): (ttl or 0, frozenset(rdatas))
        for name, rdtype, ttl, rdatas in assemble(reading.records, APEX, "").rrsets
    }


def theirs(text: str) -> Content:
    zone = dns.zone.from_text(text, origin=APEX, relativize=False, allow_include=False)
    found: dict[tuple[str, str], tuple[int, set[str]]] = {}
    for name, rdataset in zone.iterate_rdatasets():
        key = (name.to_text(omit_final_dot=True).lower(), rdataset.rdtype.name)
        ttl, rdatas = found.setdefault(key, (rdataset.ttl, set()))
        found[key] = (min(ttl, rdataset.ttl), rdatas | {canonical_text(r) for r in rdataset})
    return {key: (ttl, frozenset(rdatas)) for key, (ttl, rdatas) in found.items()}


label = st.from_regex(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,8}[A-Za-z0-9])?", fullmatch=True)
relative = st.lists(label, min_size=1, max_size=3).map(".".join)
name = st.one_of(relative, relative.map(lambda n: f"{n}.{APEX}."), st.just("@"))
owner = st.one_of(name, relative.map(lambda n: f"*.{n}"), relative.map(lambda n: f"odd\\046x/{n}"))
target = st.one_of(
    name, relative.map(lambda n: f"{n}.Other.Example."), relative.map(lambda n: f"a\\.b\\032.{n}")
)
space = st.sampled_from([" ", "\t", "  ", " \t "])
word = st.integers(0, 65535).map(str)
plain = st.text(
    st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), max_size=40
)
octets = st.text(st.characters(min_codepoint=32, max_codepoint=1000), max_size=12).map(
    lambda t: t.replace("\\", "\\\\").replace('"', '\\"')
)
string = st.one_of(plain, octets, st.just("\\000\\255")).map(lambda t: f'"{t}"')
token = st.from_regex(r"[A-Za-z0-9=_.:/+-]{1,20}", fullmatch=True)
address6 = st.one_of(
    st.ip_addresses(v=6).map(lambda a: a.exploded.upper()),
    st.ip_addresses(v=6).map(str),
    st.sampled_from(
        ["::", "::1", "1::", "::ffff:192.0.2.1", "0:0:1::", "1:0:0:2::3", "2001:DB8::0:0:1"]
    ),
)
data = st.one_of(
    st.ip_addresses(v=4).map(lambda a: ("A", str(a))),
    address6.map(lambda a: ("AAAA", a)),
    target.map(lambda n: ("PTR", n)),
    target.map(lambda n: ("NS", n)),
    st.tuples(word, target).map(lambda t: ("MX", " ".join(t))),
    st.lists(st.one_of(string, token), min_size=1, max_size=3).map(lambda s: ("TXT", " ".join(s))),
    st.tuples(word, word, word, target).map(lambda t: ("SRV", " ".join(t))),
    st.tuples(st.integers(0, 255), st.sampled_from(["issue", "ISSUEwild", "x1"]), string).map(
        lambda t: ("CAA", f"{t[0]} {t[1]} {t[2]}")
    ),
    st.binary(min_size=32, max_size=32).map(lambda b: ("TLSA", f"3 1 1 {b.hex()}")),
    st.binary(max_size=20).map(lambda b: ("TYPE65280", f"\\# {len(b)} {b.hex()}")),
    st.tuples(st.sampled_from(["A", "NSEC3PARAM", "TYPE65281"]), word, st.binary(min_size=3, max_size=60), target).map(
        lambda t: (
            "RRSIG",
            f"{t[0]} 13 3 300 20261201000000 20261117000000 {t[1]} {t[3]} "
            + " ".join(re.findall(".{1,16}", base64.b64encode(t[2]).decode())),
        )
    ),
    st.tuples(target, st.lists(st.sampled_from(["A", "NS", "RRSIG", "TYPE65281", "CAA", "TYPE1"]), min_size=1)).map(
        lambda t: ("NSEC", f"{t[0]} {' '.join(t[1])}")
    ),
    st.tuples(st.integers(0, 65535), st.sampled_from(["-", "AB", "0102"]), st.sampled_from(["", " NS", " MX A"])).map(
        lambda t: ("NSEC3", f"1 0 {t[0]} {t[1]} 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR{t[2]}")
    ),
    st.tuples(word, st.sampled_from([(1, 20), (2, 32), (4, 48)]), st.randoms()).map(
        lambda t: ("DS", f"{t[0]} 13 {t[1][0]} {t[2].randbytes(t[1][1]).hex().upper()}")
    ),
    st.just(("HTTPS", '1 . alpn="h2,h3" ipv4hint=192.0.2.1')),
    st.just(("LOC", "42 21 54 N 71 06 18 W -24m 30m")),
    st.just(("NAPTR", '100 10 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .')),
)  # fmt: skip
ttl = st.one_of(
    st.none(), st.integers(0, 2**31 - 1).map(str), st.sampled_from(["1h", "2d3m", "1w"])
)


@st.composite
def line(draw: st.DrawFn) -> str:
    start = draw(owner) + draw(space)
    if draw(st.integers(0, 4)) == 0:
        start = draw(space)
    head = [
        t
        for t in draw(st.permutations([draw(ttl), draw(st.sampled_from([None, "IN", "in"]))]))
        if t
    ]
    rdtype, text = draw(data)
    if draw(st.booleans()):
        rdtype = rdtype.lower()
    gap = draw(space)
    if draw(st.integers(0, 5)) == 0:
        text = (
            "( " + text.replace(" ", " ; c)\n  ", 1) + " )" if '"' not in text else f"(\n{text}\n)"
        )
    end = draw(st.sampled_from(["", " ", ' ; comment "(', "\t", "\r"]))
    if end == "\r" and "(" in text:
        end = ""
    return start + gap.join([*head, rdtype, text]) + end


@given(st.lists(line(), max_size=12), st.sampled_from(["$TTL 300\n", "", "$TTL 1d\n"]))
def test_generated_zones_read_the_same(lines: list[str], default: str) -> None:
    text = HEADER + default + "".join(f"{one}\n" for one in lines)
    # dnspython drops an earlier CNAME or SOA and refuses an apex CNAME; neither type is generated.
    assert ours(text) == theirs(text)


@given(data, name)
def test_the_fast_way_equals_the_careful_way(record: tuple[str, str], origin: str) -> None:
    rdtype, text = record
    found = FAST.get(rdtype)
    if found is None:
        return
    base = "example.net" if origin == "@" else origin.rstrip(".").lower()
    fast = found[1](text, f".{base}.")
    if fast is not None:
        assert fast == canonical_rdata(rdtype, text, base)


@given(data)
def test_canonical_text_is_a_fixed_point(record: tuple[str, str]) -> None:
    rdtype, text = record
    once = canonical_rdata(rdtype, text, APEX)
    assert canonical_rdata(rdtype, once, "elsewhere.example") == once


@pytest.mark.parametrize(
    "text",
    [
        "$TTL 5\na.b.c A 192.0.2.1\n$ORIGIN sub\nx A 192.0.2.2\n$ORIGIN example.com.\ny A 192.0.2.3\n",
        "$TTL 5\na TXT one;two\nb TXT \"one;two\" ; three\nc TXT a\"b\"c\n",
        "$ttl 5\n\n   \n;only\n  ; comment\na A 192.0.2.1\n\t AAAA ::1\n",
        "a 5 CNAME B.Example.NET.\nb 5 DNAME c\nc 5 A 1.2.3.4\nd A 1.2.3.4\n",
        "$TTL 5\n@ DNSKEY 257 3 13 ( mdsswUyr3DPW132mOi8V9xESWE8jTo0d xCjjnopKl+GqJxpVXckHAeF+\n KkxLbxIL fDLUT0rAK9iUzy1L53eKGQ== )\n",
        "$TTL 5\n$GENERATE 1-5 a$ A 192.0.2.$\n$GENERATE 0-8/4 b${1,2,x} CNAME c$\n",
        "$TTL 5\na A 192.0.2.1\nout.example.net. A 192.0.2.2\n",
        "$TTL 5\n" + "x" * 63 + " A 192.0.2.1\n" + ".".join(["y" * 60] * 3) + " A 192.0.2.2\n",
        ("$TTL 5\na RRSIG A 13 3 300 20261201000000 20261117000000 12345 Example.com. AAAA\n"
        "a RRSIG AAAA 13 3 300 20261201000000 20261117000000 12345 Example.com. AAAA\n"),
    ],
)  # fmt: skip
def test_hand_picked_zones_read_the_same(text: str) -> None:
    assert ours(HEADER + text) == theirs(HEADER + text)


def test_generated_lines_do_take_the_fast_way() -> None:
    """The comparison above would be empty if the fast way never answered."""
    suffix = f".{APEX}."
    samples = {"A": "1.2.3.4", "AAAA": "::1", "CNAME": "x", "MX": "1 x", "TXT": '"a b"', "CAA": '0 issue ";"',
               "SRV": "1 2 3 x", "NS": "x.y.", "DS": "1 13 2 " + "AB" * 32,
               "NSEC": "x A NS", "NSEC3": "1 0 0 - 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A",
               "RRSIG": "A 13 3 300 20261201000000 20261117000000 1 x AAAA"}  # fmt: skip
    assert all(FAST[rdtype][1](text, suffix) for rdtype, text in samples.items())
    assert re.fullmatch(r"1 x\.example\.com\.", FAST["MX"][1](samples["MX"], suffix) or "")
