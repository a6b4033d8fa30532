"""Every rule has vectors, every vector file is collected, and both engines agree with them."""

from __future__ import annotations

import pytest

from trustpath.app.benches import DuckdbBench, StoreBench
from trustpath.workflow.vectors import Case, run_case
from vectors_support import FOLDER, catalogue, vector_files

FILES = vector_files()
RULES = catalogue()
CASES = [pytest.param(case, id=f"{case.rule}-{case.name}") for file in FILES for case in file.cases]


def test_every_rule_has_one_vector_file_of_its_name() -> None:
    """A misnamed file would silently test nothing."""
    found = sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())
    assert found == sorted(f"{rule.family.lower()}/{rule.id}.yaml" for rule in RULES)
    assert sorted(file.rule for file in FILES) == sorted(RULES.rules)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.rule)
def test_vectors_show_pass_fail_unknown_and_not_applicable(file: object) -> None:
    """A rule is only understood when each of its four answers has been seen."""
    cases = file.cases  # type: ignore[attr-defined]
    seen = {status for case in cases for status in case.expect.values()}
    assert "pass" in seen
    assert "unknown" in seen
    assert seen - {"pass", "unknown"}
    assert any(not case.expect for case in cases)


@pytest.mark.parametrize("case", CASES)
def test_sqlite_gives_the_expected_statuses(case: Case) -> None:
    """The small engine."""
    mismatch = run_case(case, RULES.get(case.rule), StoreBench())
    assert mismatch is None, f"{case.where}: {mismatch.actual} is not {mismatch.expected}"


@pytest.mark.parametrize("case", CASES)
def test_duckdb_gives_the_expected_statuses(case: Case) -> None:
    """The large engine, same text."""
    mismatch = run_case(case, RULES.get(case.rule), DuckdbBench())
    assert mismatch is None, f"{case.where}: {mismatch.actual} is not {mismatch.expected}"
