"""The guide to rules and vectors: its example works, and it names everything there is."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from shared import REPOSITORY
from trustpath.app.benches import DuckdbBench, StoreBench
from trustpath.facts.links import all_links
from trustpath.rules import rule as contract
from trustpath.rules.rule import parse_rule
from trustpath.workflow import rule_page
from trustpath.workflow.vectors import read_vectors
from trustpath.workflow.vectors.run import Bench, run_all
from trustpath.workflow.vectors.world import SECTION_SOURCES, parts_of

RULES = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")
VECTORS = (REPOSITORY / "docs" / "vectors.md").read_text(encoding="utf-8")


def block(page: str, language: str) -> str:
    """Return the first block of a language."""
    found = re.search(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("bench", [StoreBench, DuckdbBench])
def test_the_rule_of_the_guide_passes_its_vectors(bench: Callable[[], Bench]) -> None:
    """Readers copy it, so it must work, on both engines."""
    rule = parse_rule(block(RULES, "sql"), "docs/rules.md")
    vectors = read_vectors(block(VECTORS, "yaml").encode(), "docs/vectors.md")
    outcomes = list(run_all(iter([vectors]), {rule.id: rule}, bench))
    assert len(outcomes) == 4
    assert {word for case, _ in outcomes for word in case.expect.values()} == {
        "pass",
        "medium",
        "unknown",
    }
    assert [mismatch for _, mismatch in outcomes if mismatch] == []


def test_the_guide_names_every_key_and_every_kind_of_evidence() -> None:
    """The contract on the page is the contract of the code."""
    header = RULES.split("## The header")[1].split("## The SELECT")[0]
    keys = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| (.+?) \|", header, re.M))))
    assert keys == set(contract._KEYS)
    kinds = header.split("`missing` is one of")[1].split("The report")[0]
    assert set(re.findall(r"`(\w+)`", kinds)) == set(contract.MISSING_KINDS)
    letters = re.search(r"^\| `inputs` \|(.*)$", header, re.M)
    assert letters
    assert dict(
        re.findall(r"`([A-Z])` ([^|]*?)(?:, (?=`)| \|)", letters[1])
    ) == rule_page._INPUTS | {"Z": "zones"}
    select = RULES.split("## The SELECT")[1]
    assert set(contract.RESERVED) <= set(re.findall(r"^\| `(\w+)`", select, re.M))


def test_links_that_the_guide_names_exist() -> None:
    """A renamed link would mislead its readers."""
    names = re.search(r"Other links say.*?\(([^)]*)\)", RULES, re.S)
    assert names
    words = set(re.findall(r"`(\w+)`", names[1]))
    assert words
    assert words <= set(all_links())


def test_the_notation_names_every_section_and_source() -> None:
    """Sections as the reader of worlds knows them."""
    written = set(re.findall(r"^\*\*`(\w+)`\*\*", VECTORS, re.M))
    with pytest.raises(Exception, match="no section") as caught:
        list(parts_of({"nothing": {}}, 0, "here"))
    assert written == set(str(getattr(caught.value, "hint", "")).split(", "))
    row = re.search(r"^\| `without` \|(.*)$", VECTORS, re.M)
    assert row
    assert set(re.findall(r"`(\w+)`", row[1])) == set(SECTION_SOURCES)


def test_a_folder_of_rules_works_through_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The three commands of the guide, as written."""
    from trustpath.app.application import TrustpathApplication
    from trustpath.cli import build, run

    (tmp_path / "my-rules").mkdir()
    (tmp_path / "my-vectors").mkdir()
    (tmp_path / "my-rules" / "local-001.sql").write_text(block(RULES, "sql"))
    (tmp_path / "my-vectors" / "local-001.yaml").write_text(block(VECTORS, "yaml"))
    (tmp_path / "estate.yaml").write_text("organisation: Example\n")
    monkeypatch.chdir(tmp_path)
    commands = block(RULES.split("## Test it")[1], "sh").strip().splitlines()
    assert len(commands) == 3
    said = []
    for command in commands:
        monkeypatch.setattr("sys.argv", command.split())
        assert run(build(TrustpathApplication())) == 0, command
        said.append(capsys.readouterr().out)
    assert "Service not reachable over IPv6" in said[0]
    assert "4 passed, 0 failed" in said[1]
