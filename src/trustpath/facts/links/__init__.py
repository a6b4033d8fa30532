"""Links: relations derived from facts, each one SELECT in a file of its name.

A file starts with a comment that says what the relation means; ``-- index:`` names the columns
that look-ups use. Dependencies are the names after FROM and JOIN, so a link is
materialised only when a rule needs it, after everything that it stands on.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_TABLE = re.compile(r"\b(?:from|join)\s+\"?([a-z_][a-z0-9_]*)", re.IGNORECASE)
_COMMENT = re.compile(r"--[^\n]*")


@dataclass(frozen=True, slots=True)
class Link:
    """One derived relation: its documentation, its SELECT and the indexes that pay."""

    name: str
    doc: str
    sql: str
    indexes: tuple[tuple[str, ...], ...]
    needs: frozenset[str]


def relations_in(sql: str) -> frozenset[str]:
    """Return every name that follows FROM or JOIN, comments left out (no comma joins, please)."""
    return frozenset(name.lower() for name in _TABLE.findall(_COMMENT.sub("", sql)))


def parse_link(name: str, text: str) -> Link:
    """Split a link file into documentation, index declarations and SELECT."""
    doc: list[str] = []
    indexes: list[tuple[str, ...]] = []
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        content = line[2:].strip()
        if content.startswith("index:"):
            indexes += [
                tuple(column.strip() for column in group.split(","))
                for group in content.removeprefix("index:").split(";")
            ]
        else:
            doc.append(content)
    return Link(name, " ".join(doc), text.strip(), tuple(indexes), relations_in(text) - {name})


@lru_cache(maxsize=1)
def all_links() -> dict[str, Link]:
    """Return every link by name."""
    folder = files(__package__)
    return {
        entry.name[:-4]: parse_link(entry.name[:-4], entry.read_text("utf-8"))
        for entry in sorted(folder.iterdir(), key=lambda item: item.name)
        if entry.name.endswith(".sql")
    }


def in_order(wanted: Iterable[str]) -> Iterator[Link]:
    """Yield the links among the wanted relations and all that they need, each after its needs."""
    links = all_links()
    done: set[str] = set()

    def visit(name: str) -> Iterator[Link]:
        if name in done or name not in links:
            return
        done.add(name)
        for need in sorted(links[name].needs):
            yield from visit(need)
        yield links[name]

    for name in sorted(wanted):
        yield from visit(name)
