"""The tree of a trust path: where findings stand, what is marked, and how lines come out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from commandline import trustpath
from shared import REPOSITORY
from trustpath.workflow.show_places import FAMILIES, KINDS, PLACES, place_of
from vectors_support import catalogue

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
  - {id: E-1, rule: ZONE-020, subject: www.example.org 10.0.0.1, owner: web, reason: old, until: "UNTIL"}
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
