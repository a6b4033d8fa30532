"""The tree of a trust path: where findings stand, what is marked, and how lines come out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from beds import Bed, said
from commandline import trustpath
from shared import REPOSITORY
from trustpath.workflow.show import links_at
from trustpath.workflow.show_labels import SAID, Mark
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
                    SAID["answer"](link) for link in links_at(name, engine) if link.kind == "answer"
                ]
                for name in ("www.example.com", "shop.example.com", "none.example.com")
            }
    assert [mark for _, mark in marks["www.example.com"]] == [Mark.BROKEN]
    assert "though the zone has it" in marks["www.example.com"][0][0]
    assert [mark for _, mark in marks["shop.example.com"]] == [Mark.BROKEN, Mark.HOLDS]
    assert [mark for _, mark in marks["none.example.com"]] == [Mark.HOLDS]
