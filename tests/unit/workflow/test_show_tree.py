"""The tree of a trust path: where findings stand, what is marked, and how lines come out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from beds import Bed, said
from commandline import trustpath
from shared import REPOSITORY
from trustpath.cli.formats.tree import folded
from trustpath.workflow.show_labels import SAID, Mark
from trustpath.workflow.show_links import links_of
from trustpath.workflow.show_places import FAMILIES, KINDS, PLACES, place_of
from vectors_support import catalogue
from worlds import NOW as WORLD_NOW

ESTATE = REPOSITORY / "examples" / "estate.yaml"
NOW = "2026-11-24T12:00:00Z"


@pytest.mark.parametrize("rule", list(catalogue()), ids=lambda rule: rule.id)
def test_every_rule_has_a_place(rule: object) -> None:
    """A rule of a new family needs a line; no finding ends up somewhere by chance."""
    assert rule.family in FAMILIES  # type: ignore[attr-defined]
    assert place_of(rule) in KINDS  # type: ignore[arg-type]


def test_places_name_rules_that_exist() -> None:
    """A rule that was renamed takes its place along."""
    assert set(PLACES) <= set(catalogue().rules)


def test_a_finding_stands_under_its_link(capsys: pytest.CaptureFixture[str]) -> None:
    """The broken links are named first, and a finding on another name is not on this path."""
    ran = trustpath(capsys, "show", "shop.example.com", "-e", ESTATE, "--now", NOW)
    assert ran.code == 0
    shown = ran.out.splitlines()
    assert shown[1].startswith("broken at: ")
    assert "caa" in shown[1]
    caa = next(n for n, line in enumerate(shown) if line.startswith("✗ caa"))
    below = shown[caa + 1 : caa + 7]
    assert any("CAA-002" in line for line in below)
    assert "gnir.example.com" not in ran.out
    assert any("nobody looked" in line and line.lstrip().startswith("·") for line in shown)


def test_json_has_the_tree_with_every_finding_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A page can draw the same tree."""
    path = trustpath(
        capsys, "show", "shop.example.com", "-e", ESTATE, "--now", NOW, "--format", "json"
    ).document

    def ids(node: dict[str, object]) -> list[object]:
        children = node["children"]
        found = node["findings"]
        assert isinstance(children, list)
        assert isinstance(found, list)
        return [*found, *(i for child in children for i in ids(child))]

    standing = [f["id"] for f in path["findings"] if f["status"] != "unknown"]
    assert standing
    assert sorted(map(str, ids(path["tree"]))) == sorted(standing)


EXCEPTED = """
organisation: {name: X, domains: [example.org]}
owners: [{id: web}]
sources: [{id: zones, kind: zonefile, path: example.org.zone}]
exceptions:
  - {id: E-1, rule: ZONE-020, subject: www.example.org, owner: web, reason: old, until: "UNTIL"}
"""


@pytest.mark.parametrize(("until", "excused"), [("2027-01-31", True), ("2026-01-31", False)])
def test_a_finding_under_a_valid_exception_does_not_break_its_link(
    until: str, excused: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stands there still, with the exception and its end; one that is past excuses nothing."""
    (tmp_path / "example.org.zone").write_text(
        "$ORIGIN example.org.\n$TTL 300\n@ SOA ns1 host 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n"
        "www A 10.0.0.1\n"
    )
    estate = tmp_path / "estate.yaml"
    estate.write_text(EXCEPTED.replace("UNTIL", until))
    options = ("-e", estate, "--now", NOW)
    ran = trustpath(capsys, "show", "www.example.org", *options)
    assert ("records" in ran.out.splitlines()[1]) is not excused
    said = "excused until 2027-01-31 by E-1, medium ZONE-020: " in ran.out
    assert said is excused
    path = trustpath(capsys, "show", "www.example.org", *options, "--format", "json").document
    (found,) = (f for f in path["findings"] if f["rule"] == "ZONE-020")
    if excused:
        terms = {"id": "E-1", "owner": "web", "reason": "old", "until": "2027-01-31T00:00:00Z"}
        assert found["exception"] == terms
    else:
        assert "exception" not in found


def test_hostile_text_stays_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Markup and escapes in records are shown, not obeyed."""
    (tmp_path / "example.org.zone").write_text(
        "$ORIGIN example.org.\n$TTL 300\n@ SOA ns1 host 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n"
        'www TXT "[red]\\027[31m[/red] x"\n'
    )
    estate = tmp_path / "estate.yaml"
    estate.write_text(
        "organisation: {name: X, domains: [example.org]}\n"
        "sources: [{id: zones, kind: zonefile, path: example.org.zone}]\n"
    )
    ran = trustpath(capsys, "show", "www.example.org", "-e", estate)
    assert ran.code == 0, ran.err
    assert "[red]" in ran.out
    assert "\x1b" not in ran.out


def test_reconcile_does_not_say_no_where_nobody_looked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The example has no endpoints: whether something is served is not known."""
    rows = trustpath(
        capsys, "inventory", "reconcile", "-e", ESTATE, "--now", NOW, "--format", "json"
    ).document["rows"]
    assert rows
    assert {row["served"] for row in rows} == {None}


def test_a_terminal_without_unicode_gets_ascii(tmp_path: Path) -> None:
    """Marks have plain twins."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "trustpath", "show", "shop.example.com", "-e", str(ESTATE)]
    ran = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert b"x caa" in ran.stdout
    assert ran.stdout.isascii()


ZONE = """$ORIGIN example.org.
$TTL 300
@ SOA ns1 host 1 2 3 4 5
@ NS ns1
@ NS ns2
ns1 A 192.0.2.1
ns2 A 192.0.2.2
@ MX 10 mx
@ MX 20 mx.example.net.
mx A 192.0.2.25
sub NS ns.example.net.
away CNAME host.example.net.
*.wild A 192.0.2.40
"""


@pytest.fixture
def zone(tmp_path: Path) -> Path:
    (tmp_path / "example.org.zone").write_text(ZONE)
    estate = tmp_path / "estate.yaml"
    estate.write_text(
        "organisation: {name: X, domains: [example.org]}\n"
        "owners: [{id: web}]\n"
        "services: [{id: s, owner: web, names: [a.wild.example.org, deep.sub.example.org]}]\n"
        "sources: [{id: zones, kind: zonefile, path: example.org.zone}]\n"
    )
    return estate


def shown(capsys: pytest.CaptureFixture[str], name: str, estate: Path) -> list[str]:
    ran = trustpath(capsys, "show", name, "-e", estate, "--now", NOW)
    assert ran.code == 0, ran.err
    return ran.out.splitlines()


def test_mail_hosts_have_their_address_and_what_is_served_below_them(
    zone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = shown(capsys, "example.org", zone)
    at = next(n for n, line in enumerate(out) if "mx.example.org (10)" in line)
    assert out[at].startswith("  ✓ host ")
    assert out[at + 1].startswith("    ✓ address     192.0.2.25")
    assert out[at + 2] == "      · served      nobody looked what is served here"
    assert out[at + 3].startswith("  · host        mx.example.net (20), which nobody looked up")


def test_what_is_wrong_with_mail_stands_at_the_mail_of_the_domain(
    zone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also at an apex, where the subject is the zone's name as well; no host is blamed."""
    out = shown(capsys, "example.org", zone)
    at = next(n for n, line in enumerate(out) if "MAIL-011" in line)
    assert out[at - 1].startswith("✗ mail        2 hosts")
    assert not any(line.startswith("  ✗ host") for line in out)
    assert not any("MAIL-011" in line for line in shown(capsys, "away.example.org", zone))


def test_what_another_customer_may_take_is_asked_under_the_alias(
    zone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zone.with_name("example.org.zone").write_text(f"{ZONE}app CNAME x.azurewebsites.net.\n")
    out = shown(capsys, "app.example.org", zone)
    at = next(n for n, line in enumerate(out) if line.startswith("  ? alias"))
    below = [line.strip() for line in out[at + 1 : at + 4]]
    assert any(line.startswith("unknown DANGLE-012: app.example.org leads to") for line in below)


def test_a_null_mx_is_no_host(zone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zone.with_name("example.org.zone").write_text(f"{ZONE}none MX 0 .\n")
    out = shown(capsys, "none.example.org", zone)
    assert any(line.startswith("✓ mail        takes no mail (null MX)") for line in out)


def test_a_name_from_a_wildcard_says_so(zone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of one that nothing mentions the error names the wildcard that answers for it."""
    out = shown(capsys, "a.wild.example.org", zone)
    assert any("from the wildcard *.wild.example.org: A 192.0.2.40" in line for line in out)
    for name, hint in (
        ("b.c.wild.example.org", "the wildcard *.wild.example.org answers for it"),
        ("b.example.org", "check the name and the sources"),
    ):
        ran = trustpath(capsys, "show", name, "-e", zone)
        assert ran.code == 1
        assert hint in ran.err.replace("\n", " ")


def test_below_a_cut_nothing_is_said_of_the_child_zone(
    zone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its records and CAA are not known, and what is wrong in the parent is the parent's."""
    out = shown(capsys, "deep.sub.example.org", zone)
    assert any(line.startswith("? records     in the zone sub.example.org") for line in out)
    assert "· caa         not known: sub.example.org is not held" in out
    assert any(line.startswith("· zone        example.org delegates sub.") for line in out)
    assert not any("of example.org without one" in line for line in out)


def test_caa_is_not_known_where_an_alias_leads_out_of_sight(
    zone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The missing policy of the zone stands at the zone then."""
    out = shown(capsys, "away.example.org", zone)
    assert "· caa         not known: nobody looked it up where the alias ends" in out
    at = next(n for n, line in enumerate(out) if line.startswith("✗ zone"))
    assert "CAA-001" in out[at + 1]


def test_check_inventory_and_show_agree_on_names(
    zone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Host names of records and services: no wildcard, nothing that begins with an underscore."""
    text = zone.with_name("example.org.zone")
    text.write_text(f"{ZONE}_dmarc TXT v=DMARC1\n")
    counts = trustpath(capsys, "check", "-e", zone, "--format", "json").document["counts"]
    listed = trustpath(capsys, "inventory", "names", "-e", zone, "--format", "json").document
    names = [row["name"] for row in listed["rows"]]
    assert sorted(names) == [
        *("a.wild.example.org", "away.example.org", "deep.sub.example.org", "example.org"),
        *("mx.example.org", "ns1.example.org", "ns2.example.org", "sub.example.org"),
    ]
    assert counts["names"] == len(names)
    for name in names:
        assert shown(capsys, name, zone)[0].startswith(f"{name}  ")


@pytest.mark.parametrize("width", [40, 80])
@pytest.mark.parametrize(
    "text",
    [
        "  ✗ records     " + "word " * 60,
        "    medium ZONE-020: " + "a" * 200,
        "",
        "· x " + "日本 " * 70,
    ],
)
def test_a_terminal_gets_lines_that_fit_and_nothing_is_lost(text: str, width: int) -> None:
    pieces = list(folded(Text(text), Console(width=width)))
    assert all(piece.cell_len <= width for piece in pieces)
    assert "".join("".join(p.plain.split()) for p in pieces) == "".join(text.split())
    indents = {len(p.plain) - len(p.plain.lstrip()) for p in pieces[1:]}
    assert indents <= {len(text) - len(text.lstrip()) + 4}


def test_a_resolver_that_denies_what_the_zone_has_is_marked_broken() -> None:
    """A denial of what is not in the zone is as it should be."""
    world = {
        "zones": {"example.com": "www CNAME host.example.net.\nshop A 192.0.2.1"},
        "answers": [
            {"name": "www.example.com", "outcome": "nxdomain"},
            {"name": "shop.example.com", "outcome": "nodata"},
            {"name": "shop.example.com", "type": "AAAA", "outcome": "nodata"},
            {"name": "none.example.com", "outcome": "nxdomain"},
        ],
    }
    with Bed() as bed:
        bed.record(said(world, WORLD_NOW), WORLD_NOW)
        with bed.judging(WORLD_NOW) as engine:
            marks = {
                name: [
                    SAID["answer"](link) for link in links_of(name, engine) if link.kind == "answer"
                ]
                for name in ("www.example.com", "shop.example.com", "none.example.com")
            }
    assert [mark for _, mark in marks["www.example.com"]] == [Mark.BROKEN]
    assert "though the zone has it" in marks["www.example.com"][0][0]
    assert [mark for _, mark in marks["shop.example.com"]] == [Mark.BROKEN, Mark.HOLDS]
    assert [mark for _, mark in marks["none.example.com"]] == [Mark.HOLDS]
