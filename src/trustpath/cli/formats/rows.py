"""A list of rows in any format."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from trustpath.base.errors import InputError
from trustpath.cli.formats.safe import visible
from trustpath.cli.options import Format

UNWRAPPED = 10_000
"""Columns of a table that nobody looks at in a terminal."""


def write_json(document: Any) -> None:
    """Print a JSON document, indented for people, with text as it is."""
    json.dump(document, sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


_ITEMS = "\0items"
"""Stands for a list in a document that is printed as it comes."""


def stream_json(document: Callable[[str], Any], items: Iterable[Any]) -> None:
    """Print a JSON document with one long list, of which no more than one item is held.

    ``document`` is given what to put where the list belongs.
    """
    text = json.dumps(document(_ITEMS), indent=2, ensure_ascii=False)
    head, _, tail = text.partition(json.dumps(_ITEMS, ensure_ascii=False))
    indent = " " * (len(head) - len(head.rpartition("\n")[2].lstrip()) - head.rfind("\n") - 1)
    sys.stdout.write(head + "[")
    comma = ""
    for item in items:
        written = json.dumps(item, indent=2, ensure_ascii=False).replace("\n", f"\n{indent}  ")
        sys.stdout.write(f"{comma}\n{indent}  {written}")
        comma = ","
    sys.stdout.write(f"\n{indent}]{tail}\n" if comma else f"]{tail}\n")


def cell(value: object) -> str:
    """Return a value as the text of a table or CSV cell; formulas are defused for spreadsheets."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value)
    return visible(str(value))


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun: ``1 change``, ``2 changes``."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows as CSV (RFC 4180) with a header; a leading =, +, - or @ is quoted with '."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        texts = (cell(row.get(column)) for column in columns)
        writer.writerow(
            ["'" + text if text[:1] in ("=", "+", "-", "@") else text for text in texts]
        )


def show_rows(
    schema: str,
    title: str,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    how: Format,
    *,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Show a list; JSON carries its schema and whatever ``extra`` adds. Raises InputError."""
    if how is Format.JSON:
        write_json({"schema": schema, **(extra or {}), "rows": list(rows)})
    elif how is Format.CSV:
        write_csv(columns, rows)
    elif how is Format.SARIF:
        raise InputError(
            "SARIF holds findings only", where="--format", hint="use table, json or csv"
        )
    else:
        _table(title, columns, rows)


def _table(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from trustpath.cli.formats.console import console

    screen = console()
    if not sys.stdout.isatty():
        screen.width = UNWRAPPED  # names stay whole in a pipe
    table = Table(title=escape(title), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column.replace("_", " "), overflow="fold")
    for row in rows:
        table.add_row(*(escape(cell(row.get(column))) for column in columns))
    screen.print(table)
