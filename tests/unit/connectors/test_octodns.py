"""octoDNS folders: every record form, every layout, and what cannot be read."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.name
import dns.rdata
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trustpath.base.clock import FixedClock
from trustpath.base.errors import EstateError, InputError, SourceError
from trustpath.connectors.octodns import OctodnsSource
from trustpath.connectors.octodns.layout import zone_file
from trustpath.connectors.octodns.zone import Reading, ZoneFile, read_zone, record_set
from trustpath.facts.part import Coverage, Grade, Part
from trustpath.facts.relations.dns import Caa, Occluded, Rdata, Rrset, Tlsa, Zone
from trustpath.facts.source import Context, SourceSpec

ALIAS = "Route53Provider/ALIAS"


def collect(folder: Path, path: str = ".", **options: Any) -> dict[str, Part]:
    spec = SourceSpec("repo", "octodns", {"path": path, **options}, folder, "estate.yaml:3")
    parts = OctodnsSource(spec, Context(FixedClock(1_800_000_000))).collect()
    return {
        p.name: Part(p.name, p.grade, p.coverage, p.observed_at, list(p.facts), p.problems)
        for p in parts
    }


def rdatas(part: Part) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for row in part.facts:
        if isinstance(row, Rdata):
            found.setdefault((row.name, row.type), []).append(row.rdata)
    return found


def ttls(part: Part) -> dict[tuple[str, str], int | None]:
    return {(row.name, row.type): row.ttl for row in part.facts if isinstance(row, Rrset)}


def zone_of(part: Part) -> Zone:
    (row,) = [row for row in part.facts if isinstance(row, Zone)]
    return row


FORMS: list[tuple[dict[str, Any], list[str]]] = [
    ({"type": "A", "value": "192.0.2.1"}, ["192.0.2.1"]),
    ({"type": "A", "values": ["192.0.2.1", "192.0.2.2"]}, ["192.0.2.1", "192.0.2.2"]),
    ({"type": "A", "value": ["192.0.2.1", "192.0.2.1"]}, ["192.0.2.1"]),
    ({"type": "AAAA", "value": "2001:DB8:0::1"}, ["2001:db8::1"]),
    ({"type": "CNAME", "value": "Target.Example.NET."}, ["target.example.net."]),
    ({"type": "CNAME", "value": "no.dot.example.net"}, ["no.dot.example.net."]),
    ({"type": "CNAME", "value": "münchen.example."}, ["xn--mnchen-3ya.example."]),
    ({"type": "ALIAS", "value": "cdn.example.net."}, ["cdn.example.net."]),
    ({"type": "DNAME", "value": "other.example."}, ["other.example."]),
    ({"type": "PTR", "values": ["a.example.", "b.example."]}, ["a.example.", "b.example."]),
    ({"type": "NS", "values": ["ns1.example.", "ns2.example."]}, ["ns1.example.", "ns2.example."]),
    ({"type": "MX", "value": {"preference": 10, "exchange": "mx.example."}}, ["10 mx.example."]),
    ({"type": "MX", "value": {"priority": "10", "value": "mx.example."}}, ["10 mx.example."]),
    ({"type": "MX", "value": {"preference": 0, "exchange": "."}}, ["0 ."]),
    (
        {"type": "SRV", "value": {"priority": 1, "weight": 2, "port": 443, "target": "s.example."}},
        ["1 2 443 s.example."],
    ),
    ({"type": "TXT", "value": "plain text"}, ['"plain text"']),
    ({"type": "TXT", "value": "v=DMARC1\\; p=none"}, ['"v=DMARC1; p=none"']),
    ({"type": "TXT", "value": 'say "hi"'}, ['"say \\"hi\\""']),
    ({"type": "TXT", "value": "back\\slash"}, ['"back\\\\slash"']),
    ({"type": "TXT", "value": '"quoted" "twice"'}, ['"quotedtwice"']),
    ({"type": "TXT", "value": "x" * 300}, [f'"{"x" * 255}" "{"x" * 45}"']),
    ({"type": "TXT", "value": "é"}, ['"\\195\\169"']),
    ({"type": "SPF", "value": "v=spf1 -all"}, ['"v=spf1 -all"']),
    (
        {"type": "CAA", "values": [{"flags": 128, "tag": "issue", "value": "ca.example"}]},
        ['128 issue "ca.example"'],
    ),
    ({"type": "CAA", "value": {"tag": "issuewild", "value": ";"}}, ['0 issuewild ";"']),
    (
        {
            "type": "TLSA",
            "value": {
                "certificate_usage": 3,
                "selector": 1,
                "matching_type": 1,
                "certificate_association_data": "AB" * 32,
            },
        },
        ["3 1 1 " + "ab" * 32],
    ),
    (
        {
            "type": "SSHFP",
            "value": {"algorithm": 4, "fingerprint_type": 2, "fingerprint": "CD" * 32},
        },
        ["4 2 " + "cd" * 32],
    ),
    (
        {
            "type": "DS",
            "value": {"key_tag": 1, "algorithm": 13, "digest_type": 2, "digest": "EF" * 32},
        },
        ["1 13 2 " + "ef" * 32],
    ),
    (
        {
            "type": "DS",
            "value": {"flags": 1, "protocol": 13, "algorithm": 2, "public_key": "ef" * 32},
        },
        ["1 13 2 " + "ef" * 32],
    ),
    (
        {
            "type": "NAPTR",
            "value": {
                "order": 10,
                "preference": 20,
                "flags": "U",
                "service": "SIP+D2U",
                "regexp": "!^.*$!sip:a@b.example!",
                "replacement": ".",
            },
        },
        ['10 20 "U" "SIP+D2U" "!^.*$!sip:a@b.example!" .'],
    ),
    (
        {"type": "URI", "value": {"priority": 1, "weight": 2, "target": "https://e.example/"}},
        ['1 2 "https://e.example/"'],
    ),
    (
        {
            "type": "LOC",
            "value": {
                "lat_degrees": 31,
                "lat_minutes": 58,
                "lat_seconds": 52.1,
                "lat_direction": "S",
                "long_degrees": 115,
                "long_minutes": 49,
                "long_seconds": 11.7,
                "long_direction": "E",
                "altitude": 20,
                "size": 10,
                "precision_horz": 10,
                "precision_vert": 2,
            },
        },
        ["31 58 52.100 S 115 49 11.700 E 20.00m 10.00m 10.00m 2.00m"],
    ),
    (
        {
            "type": "HTTPS",
            "value": {
                "svcpriority": 1,
                "targetname": ".",
                "svcparams": {"alpn": ["h2", "h3"], "port": 8443, "no-default-alpn": None},
            },
        },
        ['1 . alpn="h2,h3" no-default-alpn port="8443"'],
    ),
    ({"type": "SVCB", "value": {"svcpriority": 0, "targetname": "s.example."}}, ["0 s.example."]),
]


def form_id(value: object) -> str:
    return str(value["type"]) if isinstance(value, dict) else ""


@pytest.mark.parametrize("data, expected", FORMS, ids=form_id)
def test_forms(data: dict[str, Any], expected: list[str]) -> None:
    found = record_set("example.com", "www", data, Reading())
    assert (found.name, found.type, found.ttl) == ("www.example.com", data["type"], 3600)
    assert list(found.rdatas) == expected


@pytest.mark.parametrize("data, expected", FORMS, ids=form_id)
def test_forms_read_as_octodns_reads_them(data: dict[str, Any], expected: list[str]) -> None:
    record = octodns_record({"ttl": 60, **data})
    kind = data["type"]
    theirs = set()
    for value in list(record.values) if hasattr(record, "values") else [record.value]:
        written = value.to_rdata_text() if hasattr(value, "to_rdata_text") else str(value)
        if kind in ("CNAME", "ALIAS", "DNAME", "PTR", "NS"):
            theirs.add(dns.name.from_text(written).to_text())
        elif kind == "TXT" and not value.isascii():
            theirs.update(expected)  # octoDNS writes raw characters here, which are not RFC 1035
        else:
            theirs.add(
                str(dns.rdata.from_text("IN", kind, written, dns.name.root, relativize=False))
            )
    ours = {
        text
        if kind in ("CNAME", "ALIAS", "DNAME", "PTR", "NS")
        else str(dns.rdata.from_text("IN", kind, text, dns.name.root, relativize=False))
        for text in record_set("example.com", "www", data, Reading()).rdatas
    }
    assert ours == theirs


def octodns_record(data: dict[str, Any]) -> Any:
    pytest.importorskip("octodns", reason="octodns is not installed")
    from octodns.record import Record
    from octodns.zone import Zone as OctodnsZone

    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Record.new(OctodnsZone("example.com.", []), "www", data, lenient=True)
    finally:
        logging.disable(logging.NOTSET)


@given(
    st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=600)
)
def test_any_text_reads_as_octodns_reads_it(text: str) -> None:
    record = octodns_record({"type": "TXT", "ttl": 60, "value": text})
    (found,) = record_set("example.com", "t", {"type": "TXT", "value": text}, Reading()).rdatas
    assert found == record.values[0].to_rdata_text()


def test_whole_folder(tmp_path: Path) -> None:
    (tmp_path / "example.com.yaml").write_text(
        "---\n"
        "'':\n"
        "  - {type: CAA, value: {flags: 0, tag: issue, value: letsencrypt.org}}\n"
        "  - {type: MX, ttl: 300, values: [{preference: 1, exchange: a.example.}]}\n"
        "'*.dev': {type: A, value: 192.0.2.9}\n"
        "1: {type: A, value: 192.0.2.1}\n"
        "_443._tcp.www:\n"
        "  type: TLSA\n"
        "  value: {certificate_usage: 3, selector: 1, matching_type: 1, "
        f"certificate_association_data: {'ab' * 32}}}\n"
        "bücher: {type: A, value: 192.0.2.2, octodns: {healthcheck: {path: /}}}\n"
        'quo"te: {type: TXT, value: x}\n'
    )
    part = collect(tmp_path, default_ttl=120)["example.com"]
    assert (part.grade, part.coverage, part.problems) == (Grade.AUTHORITATIVE, Coverage.FULL, ())
    assert zone_of(part).full
    assert ttls(part) == {
        ("example.com", "CAA"): 120,
        ("example.com", "MX"): 300,
        ("*.dev.example.com", "A"): 120,
        ("1.example.com", "A"): 120,
        ("_443._tcp.www.example.com", "TLSA"): 120,
        ("xn--bcher-kva.example.com", "A"): 120,
        ('quo\\"te.example.com', "TXT"): 120,
    }
    assert [r.issuer for r in part.facts if isinstance(r, Caa)] == ["letsencrypt.org"]
    assert [(r.host, r.port) for r in part.facts if isinstance(r, Tlsa)] == [
        ("www.example.com", 443)
    ]


def test_provider_types_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "example.com.yaml").write_text(
        "'':\n"
        "  type: Route53Provider/ALIAS\n"
        "  ttl: 942942942\n"
        "  values:\n"
        "    - {name: d1.cloudfront.net., type: A, hosted-zone-id: Z2, evaluate-target-health: false}\n"
        "    - {name: d1.cloudfront.net., type: AAAA, hosted-zone-id: Z2}\n"
        "go: {type: CloudflareProvider/URLFWD, value: {target: 'https://e.example', code: 301}}\n"
        "www: {type: Route53Provider/ALIAS, value: {name: '', type: A}}\n"
    )
    part = collect(tmp_path)["example.com"]
    rows = [r for r in part.facts if isinstance(r, Rdata)]
    assert [(r.name, r.target) for r in rows if r.type == ALIAS] == [
        ("example.com", "d1.cloudfront.net"),
        ("example.com", "d1.cloudfront.net"),
        ("www.example.com", "example.com"),
    ]
    assert ttls(part)["example.com", ALIAS] is None
    assert rdatas(part)["go.example.com", "CloudflareProvider/URLFWD"] == [
        'code=301 target="https://e.example"'
    ]
    assert part.coverage is Coverage.FULL


def test_dynamic_and_geo_give_their_default_values() -> None:
    pools = {"one": {"values": [{"value": "192.0.2.7", "weight": 3}]}}
    data = {"type": "A", "values": ["192.0.2.1"], "dynamic": {"pools": pools}, "geo": {"EU": ["x"]}}
    assert record_set("e.com", "w", data, Reading()).rdatas == ("192.0.2.1",)
    del data["values"]
    assert record_set("e.com", "w", data, Reading()).rdatas == ("192.0.2.7",)


def test_raw_semicolons_when_octodns_is_configured_so() -> None:
    data = {"type": "TXT", "value": "a;b\\;c"}
    found = record_set("e.com", "t", data, Reading(escaped_semicolons=False))
    assert found.rdatas == ('"a;b\\\\;c"',)


def test_a_bad_record_is_named_and_the_rest_arrives(tmp_path: Path) -> None:
    (tmp_path / "example.com.yaml").write_text(
        "bad-address: {type: A, value: 192.0.2.999}\n"
        "good: {type: A, value: 192.0.2.1}\n"
        "list:\n"
        "  - {type: A, value: 192.0.2.2}\n"
        "  - {type: MX, value: {exchange: mx.example.}}\n"
        "number: {type: TXT, value: 20260101}\n"
        "two: {type: CNAME, values: [a.example., b.example.]}\n"
        "typo: {type: CNMAE, value: a.example.}\n"
        "ttl: {type: A, ttl: soon, value: 192.0.2.3}\n"
        "empty: {type: A}\n"
        "sp ace: {type: A, value: 192.0.2.4}\n"
        "dot..dot: {type: A, value: 192.0.2.4}\n"
        "text: hello\n"
        "good: {type: A, value: 192.0.2.5}\n"
        "list: {type: A, value: 192.0.2.2}\n"
    )
    part = collect(tmp_path)["example.com"]
    assert part.coverage is Coverage.PARTIAL
    assert not zone_of(part).full
    assert zone_of(part).signed is None
    assert rdatas(part) == {
        ("good.example.com", "A"): ["192.0.2.5"],
        ("list.example.com", "A"): ["192.0.2.2"],
    }
    lines = {p.where.rpartition(":")[2]: p for p in part.problems}
    name = f"{tmp_path.name}/example.com.yaml"
    assert {p.where.rpartition(":")[0] for p in part.problems} == {name}
    assert set(lines) == {"1", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"}
    assert "CNMAE" in lines["8"].message
    assert "quotes" in lines["6"].hint
    assert "line 2" in lines["14"].message


def test_list_items_carry_their_own_line(tmp_path: Path) -> None:
    (tmp_path / "e.com.yaml").write_text(
        "a:\n  - {type: A, value: 192.0.2.2}\n  - {type: MX, value: 3}\n"
    )
    (problem,) = collect(tmp_path)["e.com"].problems
    assert problem.where.endswith("e.com.yaml:3")
    assert "'a' MX" in problem.message


def test_a_second_set_of_one_type_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "e.com.yaml").write_text(
        "a: [{type: A, value: 192.0.2.1}, {type: A, value: 192.0.2.2}]\n"
    )
    part = collect(tmp_path)["e.com"]
    assert rdatas(part) == {("a.e.com", "A"): ["192.0.2.1"]}
    assert "a second A record set" in part.problems[0].message
    assert part.coverage is Coverage.PARTIAL


def test_split_layout_and_whole_file_add_up(tmp_path: Path) -> None:
    split = tmp_path / "example.com."
    split.mkdir()
    (split / "$example.com.yaml").write_text(
        "'': {type: A, value: 192.0.2.1}\n'*': {type: A, value: 192.0.2.2}\n"
    )
    (split / "www.yaml").write_text("www: {type: A, value: 192.0.2.3}\n")
    (split / "notes.txt").write_text("no zone data")
    (tmp_path / "example.com.yaml").write_text("mail: {type: A, value: 192.0.2.4}\n")
    (tmp_path / "docs").mkdir()
    parts = collect(tmp_path)
    assert list(parts) == ["example.com"]
    assert sorted(name for name, _ in rdatas(parts["example.com"])) == [
        "*.example.com",
        "example.com",
        "mail.example.com",
        "www.example.com",
    ]
    assert parts["example.com"].coverage is Coverage.FULL


def test_split_extension(tmp_path: Path) -> None:
    (tmp_path / "example.com.zone").mkdir()
    (tmp_path / "example.com.zone" / "a.yaml").write_text("a: {type: A, value: 192.0.2.1}\n")
    assert rdatas(collect(tmp_path, split_extension=".zone")["example.com"]) == {
        ("a.example.com", "A"): ["192.0.2.1"]
    }


def test_files_that_are_no_zone(tmp_path: Path) -> None:
    (tmp_path / "example.com.yaml").write_text("---\n")
    (tmp_path / "config.yaml").write_text("providers: {}\nzones: {}\n")
    (tmp_path / "single.yaml").write_text("a: {type: A, value: 192.0.2.1}\n")
    (tmp_path / "chart.values.yaml").write_text("image: {tag: 1}\nreplicas: 3\n")
    (tmp_path / "list.of.yaml").write_text("- a\n- b\n")
    (tmp_path / "broken.example.yaml").write_text("a: [1\n")
    (tmp_path / "latin.example.yaml").write_bytes(b"a: \xe9\n")
    (tmp_path / "old.example.yml").write_text("a: {type: A, value: 192.0.2.1}\n")
    (tmp_path / f"{'x' * 64}.example.yaml").write_text("{}\n")
    (tmp_path / "README.md").write_text("hello\n")
    parts = collect(tmp_path)
    assert parts["example.com"].coverage is Coverage.FULL
    assert zone_of(parts["example.com"]).full
    others = {name: part for name, part in parts.items() if name != "example.com"}
    assert set(others) == {
        "single.yaml",
        "chart.values",
        "list.of",
        "broken.example",
        "latin.example",
        "old.example.yml",
        f"{'x' * 64}.example.yaml",
    }
    assert all(p.problems and not p.facts for p in others.values())
    passed_over = others.pop("old.example.yml")
    assert passed_over.coverage is Coverage.FULL
    assert "only .yaml" in str(passed_over.problems[0])
    assert all(p.coverage is Coverage.NONE for p in others.values())
    assert "single label" in str(others["single.yaml"].problems[0])
    assert "no octoDNS zone" in str(others["chart.values"].problems[0])
    assert others["broken.example"].problems[0].where.endswith("broken.example.yaml:2")


@pytest.mark.parametrize("name", ["config.yaml", "config.production.yaml", "octodns.yml"])
def test_its_own_configuration_in_the_folder_is_no_part(tmp_path: Path, name: str) -> None:
    (tmp_path / "example.com.yaml").write_text("a: {type: A, value: 192.0.2.1}\n")
    (tmp_path / name).write_text(
        "providers: {config: {class: octodns.provider.yaml.YamlProvider, directory: .}}\n"
        "zones: {'*': {sources: [config]}}\n"
    )
    assert set(collect(tmp_path)) == {"example.com"}


def test_a_folder_with_nothing_but_the_configuration_says_what_to_give(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("providers: {}\nzones: {}\n")
    with pytest.raises(SourceError) as caught:
        collect(tmp_path)
    assert "config.yaml" in str(caught.value.hint)


def test_a_zone_whose_file_lacks_the_ending_is_a_remark(tmp_path: Path) -> None:
    (tmp_path / "example.com.yaml").write_text("a: {type: A, value: 192.0.2.1}\n")
    (tmp_path / "moved.example").write_text("'': {type: A, value: 192.0.2.1}\n")
    (tmp_path / "notes.txt").write_text("a: 1\n")
    (tmp_path / "LICENSE").write_text("free\n")
    parts = collect(tmp_path)
    assert set(parts) == {"example.com", "moved.example"}
    passed_over = parts["moved.example"]
    assert passed_over.coverage is Coverage.FULL
    assert not passed_over.facts
    assert "only .yaml" in passed_over.problems[0].message


def test_one_zone_in_two_files(tmp_path: Path) -> None:
    (tmp_path / "bücher.example.yaml").write_text("a: {type: A, value: 192.0.2.1}\n")
    (tmp_path / "xn--bcher-kva.example.yaml").write_text("b: {type: A, value: 192.0.2.1}\n")
    part = collect(tmp_path)["xn--bcher-kva.example"]
    assert part.coverage is Coverage.PARTIAL
    assert "written twice" in part.problems[0].message


def test_lenient_off_refuses_what_octodns_refuses(tmp_path: Path) -> None:
    (tmp_path / "e.com.yaml").write_text(
        "'': {type: CNAME, value: a.example.}\n"
        "a: {type: CNAME, value: a.example}\n"
        "b: {type: MX, value: {preference: 1, exchange: mx.example}}\n"
        "c: {type: TXT, value: 'a;b'}\n"
        "d: {type: CNAME, value: a.example, octodns: {lenient: true}}\n"
        "e: {type: TXT, value: 'a\\;b'}\n"
    )
    part = collect(tmp_path, lenient=False)["e.com"]
    assert sorted(name for name, _ in rdatas(part)) == ["d.e.com", "e.e.com"]
    assert len(part.problems) == 4
    assert collect(tmp_path)["e.com"].problems == ()


def test_includes_stay_in_the_folder(tmp_path: Path) -> None:
    zones = tmp_path / "zones"
    (zones / "shared").mkdir(parents=True)
    (tmp_path / "secret.yaml").write_text("{type: TXT, value: secret}\n")
    (zones / "shared" / "web.yaml").write_text("www: {type: A, value: 192.0.2.1}\n")
    (zones / "a.example.yaml").write_text(
        "<<: !include shared/web.yaml\nb: {type: A, value: 192.0.2.2}\n"
    )
    (zones / "b.example.yaml").write_text("s: !include ../secret.yaml\n")
    (zones / "c.example.yaml").write_text("s: !include c.example.yaml\n")
    (zones / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    (zones / "d.example.yaml").write_text("s: !include link.yaml\n")
    parts = collect(tmp_path, "zones")
    assert set(rdatas(parts["a.example"])) == {("www.a.example", "A"), ("b.a.example", "A")}
    for name, words in (
        ("b.example", "within the zone folder"),
        ("c.example", "nest deeper"),
        ("d.example", "within the zone folder"),
    ):
        assert parts[name].coverage is Coverage.NONE
        assert words in str(parts[name].problems[0])


CONFIG = """
providers:
  base: {class: octodns.provider.yaml.YamlProvider, directory: ./base, default_ttl: 60}
  over: {class: octodns.provider.yaml.YamlProvider, directory: over, populate_should_replace: true}
  split: {class: octodns.provider.yaml.SplitYamlProvider, directory: split}
  aws: {class: octodns_route53.Route53Provider}
zones:
  '*': {sources: [base], targets: [aws]}
  in.example.: {sources: [base, over], targets: [aws]}
  mixed.example.: {sources: [base, aws], targets: [aws]}
  cut.example.: {sources: [split], targets: [aws]}
  copy.example.: {alias: in.example.}
  gone.example.: {sources: [base], targets: [aws]}
"""


def test_configuration_file(tmp_path: Path) -> None:
    for folder in ("base", "over", "split/cut.example."):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "config.yaml").write_text(CONFIG)
    for zone in ("in", "mixed", "plain"):
        (tmp_path / "base" / f"{zone}.example.yaml").write_text("w: {type: A, value: 192.0.2.1}\n")
    (tmp_path / "over" / "in.example.yaml").write_text("w: {type: A, value: 10.0.0.1}\n")
    (tmp_path / "split" / "cut.example." / "w.yaml").write_text("w: {type: A, value: 192.0.2.5}\n")
    parts = collect(tmp_path, "config.yaml")
    assert {name: part.coverage for name, part in parts.items()} == {
        "in.example": Coverage.FULL,
        "copy.example": Coverage.FULL,
        "cut.example": Coverage.FULL,
        "plain.example": Coverage.FULL,
        "mixed.example": Coverage.PARTIAL,
        "gone.example": Coverage.NONE,
    }
    assert rdatas(parts["in.example"]) == {("w.in.example", "A"): ["10.0.0.1"]}
    assert rdatas(parts["copy.example"]) == {("w.copy.example", "A"): ["10.0.0.1"]}
    assert ttls(parts["plain.example"]) == {("w.plain.example", "A"): 60}
    assert "also comes from 'aws'" in str(parts["mixed.example"].problems[0])


def test_single_zone_file(tmp_path: Path) -> None:
    (tmp_path / "e.com.yaml").write_text("a: {type: A, value: 192.0.2.1}\n")
    assert list(collect(tmp_path, "e.com.yaml")) == ["e.com"]


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        collect(tmp_path, "absent")
    with pytest.raises(SourceError, match="no zone files"):
        collect(tmp_path)
    (tmp_path / "c.yaml").write_text("providers: {a: {class: x.Y}}\nzones: {}\n")
    with pytest.raises(SourceError, match="no YamlProvider"):
        collect(tmp_path, "c.yaml")
    with pytest.raises(EstateError, match="no path"):
        OctodnsSource(SourceSpec("r", "octodns", {}, tmp_path), Context(FixedClock(0)))
    with pytest.raises(InputError):
        collect(tmp_path, default_ttl="soon")


def test_what_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    (problem,) = read_zone("e.com", [zone_file(tmp_path, tmp_path, Reading())]).problems
    assert "cannot be read" in problem.message


ENTRIES = st.dictionaries(
    st.text(max_size=8),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.fixed_dictionaries(
                {"type": st.sampled_from([data["type"] for data, _ in FORMS] + [ALIAS, "X/Y"])},
                optional={
                    "value": inner,
                    "values": inner,
                    "ttl": inner,
                    "octodns": inner,
                    "dynamic": inner,
                },
            )
        ),
        max_leaves=12,
    ),
    max_size=4,
)


def files(data: bytes) -> Iterator[ZoneFile]:
    yield ZoneFile("z.yaml", lambda: data, Reading(lenient=False))
    yield ZoneFile("z.yaml", lambda: data, Reading(escaped_semicolons=False, replace=True))


@given(ENTRIES)
def test_any_shape_ends_in_records_or_problems(document: object) -> None:
    content = read_zone("example.com", files(yaml.safe_dump(document, allow_unicode=True).encode()))
    assert content.entries >= len(content.sets)
    assert all(problem.where.startswith("z.yaml") for problem in content.problems)


@given(st.binary(max_size=300))
def test_any_octets_end_in_records_or_problems(data: bytes) -> None:
    content = read_zone("example.com", files(data))
    assert all(problem.message for problem in content.problems)


def test_what_a_cut_hides_says_where_it_stands(tmp_path: Path) -> None:
    (tmp_path / "example.com.yaml").write_text(
        "child:\n  - {type: NS, values: [ns.child.example.com.]}\n"
        "  - {type: CAA, value: {flags: 0, tag: issue, value: ca.example}}\n"
        "ns.child: {type: A, value: 192.0.2.53}\n"
        "www.child:\n  type: A\n  value: 192.0.2.1\n"
    )
    part = collect(tmp_path)["example.com"]
    found = {(f.name, f.type): (f.place, f.glue) for f in part.facts if isinstance(f, Occluded)}
    assert found == {
        ("child.example.com", "CAA"): (f"{tmp_path.name}/example.com.yaml:3", False),
        ("ns.child.example.com", "A"): (None, True),
        ("www.child.example.com", "A"): (f"{tmp_path.name}/example.com.yaml:5", False),
    }
