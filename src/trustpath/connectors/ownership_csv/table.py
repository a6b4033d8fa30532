"""From the bytes of a table to ownership rows, row by row.

The first line names the columns, in any order and case: ``kind``, ``pattern``, ``owner`` and,
where wanted, ``contact`` and ``attested``. Comma, semicolon or tab separate; quoting as in
RFC 4180. A line that starts with ``#`` is a comment.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from trustpath.base.clock import parse_instant
from trustpath.base.errors import InputError, LimitError, TrustpathError
from trustpath.facts.ownership import KINDS, ownership
from trustpath.facts.part import Problem
from trustpath.facts.relations import Fact
from trustpath.facts.relations.declaration import Owner, OwnerContact, Ownership

OCTETS_AT_MOST: Final = 64 * 1024 * 1024
PROBLEMS_AT_MOST: Final = 1000
LINES_AT_MOST: Final = 16
REQUIRED: Final = ("kind", "pattern", "owner")
OPTIONAL: Final = ("contact", "attested")
_HINT = "the first line is kind,pattern,owner[,contact,attested]"


@dataclass(slots=True)
class Table:
    """What a table gave: rows in its order, contacts by owner, and every bad row."""

    rows: list[Ownership] = field(default_factory=list)
    contacts: dict[str, dict[str, None]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    more: int = 0

    def note(self, error: TrustpathError, where: str) -> None:
        """Keep the problem of a row, or only count it when there are very many."""
        if len(self.problems) < PROBLEMS_AT_MOST:
            self.problems.append(Problem(error.message, where, error.hint))
        else:
            self.more += 1

    def facts(self) -> Iterator[Fact]:
        """Yield ownership, and the owners whom the table says how to reach."""
        yield from self.rows
        for owner, contacts in self.contacts.items():
            yield Owner(
                id=owner,
                kind="team",
                team=True,
                contacts=len(contacts),
                members=None,
                active=None,
                attested_at=None,
            )
            yield from (OwnerContact(owner, contact) for contact in contacts)


def read_table(data: bytes, where: str) -> Table:
    """Return the content of a table; raises InputError when its first line is no header."""
    if len(data) > OCTETS_AT_MOST:
        raise LimitError(f"more than {OCTETS_AT_MOST} octets", where=where, hint="split the table")
    # Octets that are no UTF-8 become surrogates, so that only their own row is refused.
    lines = list(io.StringIO(data.decode("utf-8-sig", errors="surrogateescape"), newline=""))
    at = next((i for i, line in enumerate(lines) if _meaningful(line)), None)
    if at is None:
        raise InputError("empty", where=where, hint=_HINT)
    delimiter = _delimiter(lines[at])
    cells, at, begin = _next(lines, at, delimiter)
    header = _header(cells, f"{where}:{begin + 1}")
    table = Table()
    while at < len(lines):
        begin = at
        try:
            if not _meaningful(lines[at]):
                at += 1
                continue
            cells, at, begin = _next(lines, at, delimiter)
            if any(cell.strip() for cell in cells):
                _row(cells, header, table)
        except TrustpathError as error:
            table.note(error, f"{where}:{begin + 1}")
            at = max(at, begin + 1)
    if table.more:
        table.problems.append(Problem(f"{table.more} more rows are not valid", where))
    return table


def _next(lines: list[str], at: int, delimiter: str) -> tuple[list[str], int, int]:
    """Return (cells, line after, line of start) of the row at a line.

    A quoted cell may span a few lines. One that never ends is the fault of its own line only, so
    that a stray quote does not swallow the rest of the table.
    """
    for end in range(at + 1, min(at + LINES_AT_MOST, len(lines)) + 1):
        try:
            cells = next(csv.reader(lines[at:end], delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            if "unexpected end" in str(error):
                continue
            raise InputError(f"no valid row: {error}", hint="check its quotes") from error
        return cells, end, at
    raise InputError("a quote is not closed", hint="close it, or write it twice inside a cell")


def _meaningful(line: str) -> bool:
    return bool(line.strip()) and not line.startswith("#")


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _header(cells: list[str], where: str) -> dict[str, int]:
    names = [cell.strip().lower() for cell in cells]
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name and name not in (*REQUIRED, *OPTIONAL)]
    if missing:
        raise InputError(f"column {missing[0]} is missing", where=where, hint=_HINT)
    if unknown or len(set(names)) < len(names):
        problem = f"unknown column {unknown[0][:40]!r}" if unknown else "a column stands twice"
        raise InputError(problem, where=where, hint=_HINT)
    return {name: index for index, name in enumerate(names) if name}


def _row(cells: list[str], header: dict[str, int], table: Table) -> None:
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        raise InputError(
            f"{len(cells)} cells under {len(header)} columns", hint="quote cells with separators"
        )
    value = {
        name: cells[index].strip() if index < len(cells) else "" for name, index in header.items()
    }
    for name in REQUIRED:
        if not value[name]:
            raise InputError(f"{name} is empty")
    if any("\ud800" <= sign <= "\udfff" for cell in cells for sign in cell):
        raise InputError("not UTF-8", hint="save the table as UTF-8")
    kind = value["kind"].lower()
    if kind not in KINDS:
        raise InputError(f"kind is {kind[:40]!r}", hint="one of " + ", ".join(KINDS))
    attested = value.get("attested") or None
    row = ownership(
        kind,
        value["pattern"],
        value["owner"],
        None if attested is None else parse_instant(attested),
    )
    contact = _contact(value.get("contact", ""))
    table.rows.append(row)
    if contact:
        table.contacts.setdefault(row.owner, {})[contact] = None


def _contact(text: str) -> str:
    if not text or ":" in text.partition("@")[0]:
        return text
    if "@" in text:
        return f"mailto:{text}"
    raise InputError(f"contact {text[:80]!r} is no URI", hint="write mailto:web@example.com")
