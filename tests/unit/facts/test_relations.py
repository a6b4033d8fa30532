"""Every column is filled by something: a rule that reads one that nobody fills can never decide."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import trustpath
from trustpath.facts import schema

SOURCE = Path(trustpath.__file__).parent
RELATIONS = {table.relation.__name__: table for table in schema.TABLES}
# Made under another name, or by the engine itself.
ELSEWHERE = {"Caa", "OwnedDomain", "Moment"}
# Readers of certificates cannot tell it: their rows are replaced, as the test below sees.
LATER = {"CertificateTimestamp": {"valid"}}
# These fill worlds for tests, not stores.
WORLDS = ("vectors", "replay")


def calls() -> Iterator[ast.Call]:
    for path in SOURCE.rglob("*.py"):
        if not set(path.parts) & set(WORLDS):
            yield from (n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call))


def given(call: ast.Call) -> tuple[str, list[ast.expr]]:
    """Return the relation that a call makes a row of, and what it gives by position."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name == "new_row" and isinstance(call.args[0], ast.Name):
        values = call.args[1]
        listed = values.elts if isinstance(values, ast.Tuple) else [ast.Starred(values, ast.Load())]
        return call.args[0].id, list(listed)
    return name, call.args


@pytest.fixture(scope="module")
def filled() -> dict[str, set[str]]:
    """Columns that get something else than None somewhere, by relation."""
    found: dict[str, set[str]] = defaultdict(set)
    for call in calls():
        name, values = given(call)
        if name not in RELATIONS:
            continue
        columns = [column.name for column in RELATIONS[name].columns]
        named = [(keyword.arg, keyword.value) for keyword in call.keywords]
        for column, value in [*zip(columns, values, strict=False), *named]:
            if column is None or isinstance(value, ast.Starred):
                found[name].update(columns)
                break
            if not (isinstance(value, ast.Constant) and value.value is None):
                found[name].add(column)
    return found


@pytest.mark.parametrize("name", sorted(RELATIONS.keys() - ELSEWHERE))
def test_every_column_is_filled_by_something(name: str, filled: dict[str, set[str]]) -> None:
    lacking = {column.name for column in RELATIONS[name].columns} - filled[name]
    assert lacking == LATER.get(name, set())


def test_whether_a_timestamp_is_valid_is_told_by_something() -> None:
    replaced = {
        keyword.arg
        for call in calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr == "_replace"
        for keyword in call.keywords
    }
    assert "valid" in replaced
