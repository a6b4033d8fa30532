"""The documentation of the rules is what their files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from trustpath.rules.rule import Rule
from trustpath.workflow.rule_page import rule_page
from vectors_support import catalogue

PAGES = Path(__file__).parent.parent.parent / "docs" / "rules"
RULES = list(catalogue())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_page_of_a_rule_is_current(rule: Rule) -> None:
    """Run scripts/rule-pages after changing a rule."""
    assert (PAGES / f"{rule.id}.md").read_text() == rule_page(rule)


def test_there_is_no_page_of_a_rule_that_is_gone() -> None:
    """A page without its rule misleads."""
    pages = {path.stem for path in PAGES.glob("*-[0-9]*.md")}
    assert pages == {rule.id for rule in RULES}


def test_the_catalogue_is_as_large_as_promised() -> None:
    """Rules that vanish by a misnamed folder would otherwise go unnoticed."""
    assert len(RULES) >= 110
