"""One thing is not said in the plural."""

from __future__ import annotations

import pytest

from trustpath.cli.formats import counted


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (1, ("account",), "1 account"),
        (0, ("account",), "0 accounts"),
        (1, ("entry", "entries"), "1 entry"),
        (2, ("entry", "entries"), "2 entries"),
    ],
)
def test_a_number_agrees_with_its_noun(number: int, words: tuple[str, ...], said: str) -> None:
    assert counted(number, *words) == said
