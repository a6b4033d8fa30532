"""The zone file connector: syntax, hostile input, which files make which parts."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError, SourceError
from trustpath.connectors.zonefile import make
from trustpath.connectors.zonefile.limits import Limits
from trustpath.connectors.zonefile.reader import Reading, read_master_file
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations.dns import Occluded, Rdata, Rrset, Zone
from trustpath.facts.source import Context, SourceSpec

SOA = "@ 3600 IN SOA ns1 hostmaster 7 7200 900 1209600 300\n"


def read(
    tmp_path: Path, text: str | bytes, origin: str | None = "example.com", **limits: int
) -> Reading:
    path = tmp_path / "example.com.zone"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_master_file(path, tmp_path, origin, Limits(**limits))


def collect(folder: Path, path: str, **options: str) -> list[Part]:
    spec = SourceSpec("z", "zonefile", {"path": path, **options}, folder)
    return list(make(spec, Context(FixedClock(1000))).collect())


def test_every_form_of_ttl_class_and_owner(tmp_path: Path) -> None:
    text = """$TTL 1h
a 300 IN A 192.0.2.1
b IN 300 A 192.0.2.2
c IN A 192.0.2.3
d 1h30m A 192.0.2.4
e A 192.0.2.5 ; comment
  AAAA 2001:DB8:0:0:0:0:0:1
@ in mx 010 Mail
Other.Example.COM. a 192.0.2.6
"""
    assert read(tmp_path, text).records == [
        ("a.example.com", "A", 300, "192.0.2.1"),
        ("b.example.com", "A", 300, "192.0.2.2"),
        ("c.example.com", "A", 3600, "192.0.2.3"),
        ("d.example.com", "A", 5400, "192.0.2.4"),
        ("e.example.com", "A", 3600, "192.0.2.5"),
        ("e.example.com", "AAAA", 3600, "2001:db8::1"),
        ("example.com", "MX", 3600, "10 mail.example.com."),
        ("other.example.com", "A", 3600, "192.0.2.6"),
    ]


def test_ttl_without_default_is_the_last_one_stated_then_the_soa_minimum(tmp_path: Path) -> None:
    reading = read(
        tmp_path, "@ SOA a b 1 2 3 4 77\nx A 192.0.2.1\ny 5 A 192.0.2.2\nz A 192.0.2.3\n"
    )
    assert [r[2] for r in reading.records] == [77, 77, 5, 5]


def test_parentheses_quotes_and_comments(tmp_path: Path) -> None:
    text = (
        "$TTL 60\n@ SOA ns1 ( hostmaster ; who\n  7 ; serial (not a parenthesis\n 2h 15m\n\n 2w 5m )\n"
        't TXT "semi;colon" "par(en" ( "next\\"line"\n  plain ) ; end\n'
        'h HTTPS 1 . alpn="h2,h3" port=8443\n'
    )
    reading = read(tmp_path, text)
    assert reading.problems == []
    assert [(r[1], r[3]) for r in reading.records] == [
        ("SOA", "ns1.example.com. hostmaster.example.com. 7 7200 900 1209600 300"),
        ("TXT", '"semi;colon" "par(en" "next\\"line" "plain"'),
        ("HTTPS", '1 . alpn="h2,h3" port="8443"'),
    ]


def test_unknown_types_stay_what_they_are(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        "$TTL 1\na TYPE65534 \\# 4 0A 00 00 01\nb TYPE1 \\# 4 C0000201\nc A \\# 4 c0000202\n",
    )
    assert [(r[1], r[3]) for r in reading.records] == [
        ("TYPE65534", "\\# 4 0a000001"),
        ("A", "192.0.2.1"),
        ("A", "192.0.2.2"),
    ]


def test_include_takes_origin_and_gives_it_back(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "more").write_text("x A 192.0.2.1\n$ORIGIN deep\ny A 192.0.2.2\n")
    text = "$TTL 9\nfirst A 192.0.2.3\n$INCLUDE sub/more inner\n  AAAA ::1\n$INCLUDE sub/more\n"
    assert [r[0] for r in read(tmp_path, text).records] == [
        "first.example.com",
        "x.inner.example.com",
        "y.deep.inner.example.com",
        "first.example.com",
        "x.example.com",
        "y.deep.example.com",
    ]


def test_includes_cannot_leave_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "secret"
    outside.write_text("leak A 192.0.2.66\n")
    zones = tmp_path / "zones"
    zones.mkdir()
    (zones / "link").symlink_to(outside)
    lines = [
        "$TTL 1",
        "$INCLUDE ../secret",
        f"$INCLUDE {outside}",
        "$INCLUDE link",
        "$INCLUDE none",
        "ok A 192.0.2.1",
    ]
    reading = read(zones, "\n".join(lines) + "\n")
    assert [r[0] for r in reading.records] == ["ok.example.com"]
    assert [p.where.rpartition(":")[2] for p in reading.problems] == ["2", "3", "4", "5"]


def test_include_loops_and_depth_end(tmp_path: Path) -> None:
    (tmp_path / "loop").write_text("$INCLUDE loop\nin A 192.0.2.1\n")
    for n in range(20):
        (tmp_path / f"d{n}").write_text(f"$INCLUDE d{n + 1}\n")
    reading = read(tmp_path, "$TTL 1\n$INCLUDE loop\n$INCLUDE d0\nend A 192.0.2.2\n")
    assert [r[0] for r in reading.records] == ["in.example.com", "end.example.com"]
    assert "includes itself" in reading.problems[0].message
    assert "deep" in reading.problems[1].message


def test_an_include_bomb_is_bounded(tmp_path: Path) -> None:
    for n in range(7):
        (tmp_path / f"b{n}").write_text(f"$INCLUDE b{n + 1}\n" * 20)
    (tmp_path / "b7").write_text("x A 192.0.2.1\n" * 100)
    reading = read(tmp_path, "$TTL 1\n$INCLUDE b0\n", octets=1_000_000)
    assert reading.skipped
    assert any("octets" in p.message for p in reading.problems)
    assert len(reading.records) < 100_000


def test_generate(tmp_path: Path) -> None:
    text = (
        "$TTL 1\n$GENERATE 1-3 h$ A 192.0.2.$\n$GENERATE 0-4/2 p${10,3,d} 60 IN CNAME t${0,2,x}\n"
        '$GENERATE 1-1 m MX "10 mail$"\n$GENERATE 1-1 e$$ A 192.0.2.9\n'
    )
    assert [(r[0].split(".")[0], r[2], r[3]) for r in read(tmp_path, text).records] == [
        ("h1", 1, "192.0.2.1"),
        ("h2", 1, "192.0.2.2"),
        ("h3", 1, "192.0.2.3"),
        ("p010", 60, "t00.example.com."),
        ("p012", 60, "t02.example.com."),
        ("p014", 60, "t04.example.com."),
        ("m", 1, "10 mail1.example.com."),
        ("e\\$", 1, "192.0.2.9"),
    ]


def test_a_billion_generated_records_are_refused(tmp_path: Path) -> None:
    reading = read(tmp_path, "$TTL 1\n$GENERATE 1-1000000000 h$ A 192.0.2.1\nok A 192.0.2.2\n")
    assert [r[0] for r in reading.records] == ["ok.example.com"]
    assert reading.problems[0].where.endswith(":2")
    assert "1000000000 records" in reading.problems[0].message


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("bad A 192.0.2.256", "A record cannot be read"),
        ("bad A", "A record cannot be read"),
        ("bad NOSUCH x", "no record type"),
        ("bad CH TXT x", "class CH"),
        ('bad TXT "open', "quote is not closed"),
        ("bad A 192.0.2.1 )", "no opening one"),
        ("b..d A 192.0.2.1", "no domain name"),
        ("x" * 64 + " A 192.0.2.1", "no domain name"),
        ("bad 99999999999 A 192.0.2.1", "TTL"),
        ('bad TXT "' + "x" * 256 + '"', "too long"),
        ("bad TXT " + ('"' + "x" * 255 + '" ') * 256, "65535"),
        ("$NOSUCH x", "no directive"),
        ("$ORIGIN", "arguments"),
        ("$GENERATE 5-1 a A 192.0.2.1", "no range"),
        ("$GENERATE 1-2 ${x A 192.0.2.1", "malformed"),
        ("$GENERATE 1-2 h$ MX 10 mail$", "is one word"),
        ("bad ANY x", "no type of stored records"),
        ("x" * 5000 + " A 192.0.2.1", "too long"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_and_costs_only_itself(tmp_path: Path, line: str, message: str) -> None:
    reading = read(tmp_path, f"$TTL 1\nbefore A 192.0.2.1\n{line}\nafter A 192.0.2.2\n")
    assert [r[0] for r in reading.records] == ["before.example.com", "after.example.com"]
    assert reading.skipped
    assert [p.where.rpartition(":")[2] for p in reading.problems] == ["3"]
    assert message in reading.problems[0].message


def test_octets_above_127_are_what_servers_make_of_them(tmp_path: Path) -> None:
    text = b'$TTL 1\na TXT "\xff\xfe" \\\xc3\xbc\nb A 192.0.2.1 ; \xff\nc TXT "\xc3\xbc\\\\\xfc"\n'
    text += b"b\xc3\xbccher A 192.0.2.2\nd CNAME \xfc\n"
    reading = read(tmp_path, text)
    assert [(r[0], r[3]) for r in reading.records] == [
        ("a.example.com", '"\\255\\254" "\\195\\188"'),
        ("b.example.com", "192.0.2.1"),
        ("c.example.com", '"\\195\\188\\\\\\252"'),
        ("b\\195\\188cher.example.com", "192.0.2.2"),
        ("d.example.com", "\\252.example.com."),
    ]
    (problem,) = reading.problems
    assert problem.where.endswith(":2")
    assert "octets above 127" in problem.message
    assert not reading.skipped


def test_relative_names_under_the_root(tmp_path: Path) -> None:
    """What ``named-compilezone -s relative`` writes."""
    text = (
        "$ORIGIN .\n$TTL 300\nexample.com IN SOA ns1.example.com. h.example.com. 1 2 3 4 5\n"
        '  NS ns1.example.com.\n  CAA 0 issue "ca.example"\n  MX 10 mail.example.com\n$ORIGIN example.com.\nns1 A 192.0.2.1\n'
        "$ORIGIN .\n$ORIGIN com\nb.example A 192.0.2.2\n"
    )
    reading = read(tmp_path, text, origin="wrong.example")
    assert [(r[0], r[1]) for r in reading.records] == [
        ("example.com", "SOA"), ("example.com", "NS"), ("example.com", "CAA"), ("example.com", "MX"),
        ("ns1.example.com", "A"), ("b.example.com", "A"),
    ]  # fmt: skip
    assert reading.records[3][3] == "10 mail.example.com."
    assert reading.problems == []


def test_ttls_above_the_limit_count_as_zero(tmp_path: Path) -> None:
    text = "$TTL 2147483648\na A 192.0.2.1\nb 4294967295 A 192.0.2.1\nc 2147483647 A 192.0.2.1\n"
    reading = read(tmp_path, text)
    assert [r[2] for r in reading.records] == [0, 0, 2147483647]
    assert ["2181" in p.message for p in reading.problems] == [True]
    assert not reading.skipped


def test_the_ttl_of_an_included_file_goes_on_to_count(tmp_path: Path) -> None:
    (tmp_path / "more").write_text("$TTL 77\nin A 192.0.2.9\n")
    reading = read(tmp_path, "$TTL 300\na A 192.0.2.1\n$INCLUDE more\nb A 192.0.2.2\n")
    assert [r[2] for r in reading.records] == [300, 77, 77]


def test_records_that_no_rule_reads_are_held(tmp_path: Path) -> None:
    text = SOA + (
        "$TTL 60\n@ NS ns1\nns1 A 192.0.2.1\nm MB box\nn NXT ns1 A MX\ne EID 0102\n"
        "g GPOS a b c\ni IPSECKEY 0 0 0 .\ns SVCB 0 other alpn=h2\n"
    )
    (tmp_path / "example.com").write_text(text)
    (part,) = collect(tmp_path, "example.com")
    held = {
        f.name.split(".")[0]: (f.type, f.rdata, f.target)
        for f in part.facts
        if isinstance(f, Rdata)
    }
    assert held["e"] == ("TYPE31", "\\# 2 0102", None)
    assert held["g"] == ("GPOS", "\\# 6 016101620163", None)
    assert held["i"] == ("IPSECKEY", "\\# 3 000000", None)
    assert {held[name][0] for name in "mn"} == {"MB", "NXT"}
    assert held["s"][2] == "other.example.com"
    assert part.coverage is Coverage.FULL
    assert sum("RFC 3597" in p.message for p in part.problems) == 5


def test_data_of_a_judged_type_that_is_not_read_leaves_the_zone_partial(tmp_path: Path) -> None:
    text = SOA + "$TTL 60\nsub NS ns1\nsub DS 1 8 2 0102\nns1 A 192.0.2.1\n"
    (tmp_path / "example.com").write_text(text)
    (part,) = collect(tmp_path, "example.com")
    facts = list(part.facts)
    assert [f.rdata for f in facts if isinstance(f, Rdata) and f.type == "DS"] == [
        "\\# 6 000108020102"
    ]
    assert part.coverage is Coverage.PARTIAL
    assert [f.full for f in facts if isinstance(f, Zone)] == [False]


def test_a_cname_beside_other_data_is_said_with_its_lines(tmp_path: Path) -> None:
    text = SOA + (
        "$TTL 60\n@ NS ns1\nns1 A 192.0.2.1\na CNAME ns1\na ( MX 1\n ns1 )\n"
        "$INCLUDE more\nb CNAME x\nb CNAME y\nc CNAME ns1\nc NSEC d CNAME\n"
    )
    (tmp_path / "example.com").write_text(text)
    (tmp_path / "more").write_text("\na TXT x\n")
    part = next(p for p in collect(tmp_path, ".") if p.name == "example.com")
    (problem,) = part.problems
    assert problem.message == (
        "servers refuse to load this zone: CNAME and other data at 2 names: "
        "a.example.com: CNAME beside MX, TXT (example.com:5, example.com:6, more:2); "
        "b.example.com: 2 CNAMEs (example.com:9, example.com:10)"
    )


def test_an_unclosed_parenthesis_does_not_swallow_the_zone(tmp_path: Path) -> None:
    reading = read(tmp_path, "$TTL 1\nbad SOA a b ( 1 2 3\nok A 192.0.2.1\nlast A 192.0.2.2\n")
    assert [r[0] for r in reading.records] == ["ok.example.com", "last.example.com"]
    assert reading.problems[0].where.endswith(":2")
    assert "never closed" in reading.problems[0].message


def test_a_file_of_open_parentheses_ends_soon(tmp_path: Path) -> None:
    reading = read(tmp_path, "(\n" * 50_000, problems=20)
    assert len(reading.problems) == 21
    assert "ended after 20 problems" in reading.problems[-1].message


def test_a_huge_line_stops_reading_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "example.com.zone"
    with path.open("wb") as file:
        file.write(b"$TTL 1\nok A 192.0.2.1\nbad TXT ")
        for _ in range(64):
            file.write(b"x" * (1 << 20))
    tracemalloc.start()
    reading = read_master_file(path, tmp_path, "example.com", Limits())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [r[0] for r in reading.records] == ["ok.example.com"]
    assert "longer than" in reading.problems[0].message
    assert peak < 16 << 20


def test_relative_names_need_an_origin(tmp_path: Path) -> None:
    reading = read(tmp_path, "$TTL 1\nwww A 192.0.2.1\nabs.example.net. A 192.0.2.2\n", origin=None)
    assert [r[0] for r in reading.records] == ["abs.example.net"]
    assert "no origin is known" in reading.problems[0].message


def test_the_root_zone_can_be_read(tmp_path: Path) -> None:
    text = ". 86400 IN SOA a.root. b.root. 1 2 3 4 5\n. NS a.root.\ncom. NS a.gtld.\n"
    (tmp_path / "root.zone").write_text(text)
    (part,) = collect(tmp_path, "root.zone")
    assert (part.name, part.coverage) == (".", Coverage.FULL)
    assert [z.apex for z in part.facts if isinstance(z, Zone)] == [""]


def test_one_part_per_zone_and_the_rest_reported(tmp_path: Path) -> None:
    zones = tmp_path / "zones"
    zones.mkdir()
    (zones / "db.example.com").write_text("$TTL 60\n" + SOA + "www A 192.0.2.1\n$INCLUDE common\n")
    (zones / "common").write_text("shared A 192.0.2.9\n")
    (zones / "anything").write_text("$ORIGIN example.net.\n" + SOA + "x 5 A 192.0.2.2\nbad A x\n")
    (zones / "README.md").write_text("# Zones\n\nThese are our zones.\n")
    (zones / "copy.zone").write_text("$ORIGIN example.com.\n" + SOA)
    (zones / "noise").write_bytes(bytes(range(256)) * 50)
    (zones / "Kexample.com.+013+1.private").write_text("Private-key-format: v1.3\n")
    parts = {part.name: part for part in collect(tmp_path, "zones", view="inside")}
    assert {n: p.coverage for n, p in parts.items()} == {
        "example.com": Coverage.FULL,
        "example.net": Coverage.PARTIAL,
        "README.md": Coverage.NONE,
        "db.example.com": Coverage.NONE,
        "noise": Coverage.NONE,
    }  # fmt: skip
    assert "already read from copy.zone" in parts["db.example.com"].problems[0].message
    partial = parts["example.net"]
    assert (partial.grade, partial.observed_at, partial.view) == (
        Grade.AUTHORITATIVE,
        1000,
        "inside",
    )
    assert partial.problems[0].where.endswith("anything:4")
    facts = list(partial.facts)
    assert [(f.full, f.signed, f.serial, f.negative_ttl) for f in facts if isinstance(f, Zone)] == [
        (False, None, 7, 300)
    ]
    assert {f.name for f in facts if isinstance(f, Rrset)} == {"example.net", "x.example.net"}
    assert "no SOA" in parts["README.md"].problems[0].message


def test_glob_single_file_and_option_errors(tmp_path: Path) -> None:
    (tmp_path / "a.zone").write_text("$ORIGIN a.example.\n" + SOA)
    (tmp_path / "b.zone").write_text("$ORIGIN b.example.\n" + SOA)
    assert [p.name for p in collect(tmp_path, "*.zone")] == ["a.example", "b.example"]
    (part,) = collect(tmp_path, "a.zone", origin="other.example")
    assert part.coverage is Coverage.NONE
    assert "not at the origin" in part.problems[0].message
    with pytest.raises(SourceError, match="2 files"):
        collect(tmp_path, "*.zone", origin="a.example")
    with pytest.raises(SourceError, match="no zone files"):
        collect(tmp_path, "nowhere")
    with pytest.raises(EstateError, match="unknown option 'file'"):
        make(SourceSpec("z", "zonefile", {"file": "x"}, tmp_path), Context(FixedClock(0)))
    with pytest.raises(EstateError, match="no path"):
        make(SourceSpec("z", "zonefile", {}, tmp_path), Context(FixedClock(0)))
    with pytest.raises(EstateError, match="origin"):
        make(
            SourceSpec("z", "zonefile", {"path": "x", "origin": "a..b"}, tmp_path),
            Context(FixedClock(0)),
        )


def test_sets_fall_together_and_oddities_are_remarked(tmp_path: Path) -> None:
    text = SOA + (
        "a 60 A 192.0.2.1\na 30 A 192.0.2.2\na 60 A 192.0.2.1\n"
        "c 60 CNAME a\nc 60 TXT x\nfar.example.net. 60 A 192.0.2.3\n"
    )
    (tmp_path / "example.com").write_text(text)
    (part,) = collect(tmp_path, "example.com")
    assert part.coverage is Coverage.FULL
    facts = list(part.facts)
    assert [
        (f.ttl, f.size) for f in facts if isinstance(f, Rrset) and f.name == "a.example.com"
    ] == [(30, 2)]
    assert not [f for f in facts if isinstance(f, Rdata) and "example.net" in f.name]
    remarks = " ".join(str(p) for p in part.problems)
    assert "outside of the zone" in remarks
    assert "differing TTLs" in remarks
    assert "CNAME and other data" in remarks


def test_a_zone_without_soa_is_partial_when_its_name_is_known(tmp_path: Path) -> None:
    (tmp_path / "example.com.zone").write_text("www 60 A 192.0.2.1\n")
    (part,) = collect(tmp_path, "example.com.zone")
    assert (part.name, part.coverage) == ("example.com", Coverage.PARTIAL)
    assert [f.full for f in part.facts if isinstance(f, Zone)] == [False]


def test_what_a_cut_hides_says_where_it_stands(tmp_path: Path) -> None:
    """By the fast way, the careful way over lines, $GENERATE, and in included files."""
    (tmp_path / "more").write_text("; nothing\n\nd TXT (\n one\n two )\ne A 192.0.2.1\n")
    text = (
        f"$TTL 300\n{SOA}@ NS ns\nchild NS ns.child\nns.child A 192.0.2.53\n"
        "www.child A 192.0.2.1\nwww.child A 192.0.2.2\n"
        'child CAA (\n 0 issue\n "ca.example" )\n'
        "$GENERATE 1-2 h$.child A 192.0.2.$\n$INCLUDE more child\nlast.child MX 10 mx\n"
    )
    (tmp_path / "example.com.zone").write_text(text)
    (part,) = collect(tmp_path, "example.com.zone")
    found = {(f.name, f.type): (f.place, f.glue) for f in part.facts if isinstance(f, Occluded)}
    wanted = {
        ("ns.child", "A"): (None, True),
        ("www.child", "A"): ("example.com.zone:6", False),
        ("child", "CAA"): ("example.com.zone:8", False),
        ("h1.child", "A"): ("example.com.zone:11", False),
        ("h2.child", "A"): ("example.com.zone:11", False),
        ("d.child", "TXT"): ("more:3", False),
        ("e.child", "A"): ("more:6", False),
        ("last.child", "MX"): ("example.com.zone:13", False),
    }
    assert found == {(f"{name}.example.com", kind): at for (name, kind), at in wanted.items()}
