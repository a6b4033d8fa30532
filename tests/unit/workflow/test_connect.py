"""The models for the estate file are read as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from shared import REPOSITORY
from trustpath.facts import estate as estates
from trustpath.rules.rule import MISSING_KINDS
from trustpath.workflow.connect import SNIPPETS


@pytest.mark.parametrize("kind", SNIPPETS)
def test_a_model_is_an_estate(kind: str, tmp_path: Path) -> None:
    assert kind in MISSING_KINDS
    given = yaml.safe_load("organisation: Example\n" + SNIPPETS[kind])
    (tmp_path / "root.pem").write_bytes((REPOSITORY / "examples" / "root.pem").read_bytes())
    assert estates.build(given, tmp_path, "estate.yaml").organisation == "Example"
