"""Asking facts and links about many names, in few queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from trustpath.rules.value import Value

BATCH = 900
"""How many names one query asks about."""


class Asking(Protocol):
    """Something that answers a SELECT over facts and links."""

    def query(self, sql: str, parameters: Sequence[Value] = ()) -> list[tuple[Value, ...]]:
        """Run a SELECT (positional ``?`` parameters)."""
        ...


def ask(engine: Asking, sql: str, wanted: Iterable[str]) -> Iterator[tuple[Value, ...]]:
    """Yield the rows for all that is wanted; ``{marks}`` in the text stands for its parameters."""
    items = sorted(set(wanted))
    for start in range(0, len(items), BATCH):
        batch = items[start : start + BATCH]
        yield from engine.query(sql.format(marks=", ".join("?" * len(batch))), batch)
