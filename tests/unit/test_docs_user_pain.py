"""The page on what hurt people elsewhere names every entry, and tests that exist."""

from __future__ import annotations

import ast
import re
from functools import cache

from shared import REPOSITORY, shared_path

PAGE = (REPOSITORY / "docs" / "user-pain.md").read_text()
SECTIONS = ("DNS-01 privilege", "CAA", "TLSA", "Renewal, deployment, offboarding")
REFERENCE = re.compile(r"([\w./-]+)(?: PR)?((?:/?#\d+)+)")


@cache
def functions(path: str) -> frozenset[str]:
    """Return the functions of a test module."""
    tree = ast.parse((REPOSITORY / path).read_text())
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def rows() -> list[list[str]]:
    """Return the rows of all tables, without their heads."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return [row for row in cells if row[0] != "what hurt"]


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
    assert len(named) > 20
    assert [f"{path}::{name}" for path, name in named if name not in functions(path)] == []


def test_every_row_has_a_test_or_is_out_of_reach() -> None:
    bare = [row[0] for row in rows() if "::" not in row[-1] and "out of reach" not in str(row)]
    assert bare == []


def test_every_entry_of_the_reference_is_on_the_page() -> None:
    text = shared_path("reference", "user-pain.md").read_text()
    missing = []
    for section in SECTIONS:
        paragraph = text.split(f"**{section}.**")[1].split("\n\n")[0]
        for project, numbers in REFERENCE.findall(paragraph):
            for number in re.findall(r"#\d+", numbers):
                if f"{project}{number}" not in PAGE:
                    missing.append(f"{project}{number}")
    assert missing == []
