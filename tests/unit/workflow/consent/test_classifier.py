"""The classifier against a corpus labelled by hand, and patterns that an estate adds."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustpath.base import names
from trustpath.facts.edits import Edit, record_set
from trustpath.facts.estate import build
from trustpath.facts.records import canonical_rdata
from trustpath.workflow.consent import letters

CORPUS = Path(__file__).with_name("classifier.txt")


def labelled() -> list[tuple[str, str, str, str, str]]:
    found = []
    for line in CORPUS.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        owner, kind, flags, rdata = line.split(" ", 3)
        zone = "example.com"
        if owner.endswith("arpa."):
            zone = owner.rstrip(".").split(".", 1)[1]
        name = names.canonical(owner if owner.endswith(".") else f"{owner}.{zone}")
        found.append((zone, zone if owner == "@" else name, kind, flags.replace("-", ""), rdata))
    return found


def edit(zone: str, name: str, kind: str, rdata: str) -> Edit:
    plain = "/" in kind or kind in ("ALIAS", "ANAME")
    return Edit(
        zone,
        name,
        kind,
        None,
        record_set(300, [rdata if plain else canonical_rdata(kind, rdata, zone)]),
    )


@pytest.mark.parametrize(
    ("zone", "name", "kind", "flags", "rdata"),
    labelled(),
    ids=[f"{item[1]} {item[2]} {number}" for number, item in enumerate(labelled())],
)
def test_a_record_has_the_functions_of_the_standard(
    zone: str, name: str, kind: str, flags: str, rdata: str
) -> None:
    added = edit(zone, name, kind, rdata)
    assert letters(added) == flags
    assert letters(added.inverted()) == flags, "what goes counts like what comes"


def test_the_corpus_is_large_and_uses_every_letter() -> None:
    rows = labelled()
    assert len(rows) >= 120
    assert set("".join(row[3] for row in rows)) == set("ILKPD")
    assert len({row[1:] for row in rows}) == len(rows)


def test_both_contents_of_a_change_count() -> None:
    spf = record_set(300, ['"v=spf1 -all"'])
    note = record_set(300, ['"hello"'])
    assert letters(Edit("example.com", "mail.example.com", "TXT", spf, note)) == "KP"
    assert letters(Edit("example.com", "mail.example.com", "TXT", note, spf)) == "KP"
    assert letters(Edit("example.com", "mail.example.com", "TXT", note, None)) == ""


def test_addresses_below_a_cut_are_glue() -> None:
    added = edit("example.com", "ns.sub.example.com", "A", "192.0.2.1")
    assert letters(added) == "IL"
    assert letters(added, glue=True) == "ILKD"


@pytest.mark.parametrize(
    ("pattern", "name", "flags"),
    [
        ({"pattern": "ca-check"}, "ca-check.www.example.com", "I"),
        ({"pattern": "ca-*"}, "ca-7f3e.www.example.com", "I"),
        ({"pattern": "ca-*"}, "www.ca-7f3e.example.com", ""),
        ({"pattern": "ca-*"}, "ca.www.example.com", ""),
        ({"pattern": "ca-*", "types": ["CNAME"]}, "ca-7f3e.www.example.com", ""),
        ({"pattern": "token.*"}, "token.a.b.example.com", "I"),
        ({"pattern": "_dnslink"}, "_dnslink.example.com", "I"),
    ],
    ids=str,
)
def test_an_estate_adds_validation_names(pattern: dict[str, object], name: str, flags: str) -> None:
    document = {"organisation": "X", "validation_names": [{"scheme": "mine", **pattern}]}
    patterns = build(document, Path(), "x").validation_names
    added = edit("example.com", name, "TXT", "token")
    assert letters(added) == ""
    assert letters(added, patterns=patterns) == flags


def test_a_declared_target_binds_the_pattern_to_it() -> None:
    entry = {"scheme": "mine", "pattern": "ca-*", "target": "dcv.example.net"}
    document = {"organisation": "X", "validation_names": [entry]}
    (pattern,) = build(document, Path(), "x").validation_names
    assert pattern.types == {"CNAME"}
    assert pattern.content is not None
    assert pattern.content.fullmatch("a.dcv.example.net")
    assert pattern.content.fullmatch("dcv.example.net")
    assert not pattern.content.fullmatch("a.notdcv.example.net")
    assert not pattern.content.fullmatch("dcv.example.net.evil.example")
