"""``trustpath residual``: who can still authenticate as a name or obtain a certificate for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from trustpath.cli.application import Application
from trustpath.cli.options import (
    DEFAULT_ESTATE,
    CollectOption,
    EstateOption,
    Format,
    FormatOption,
    NowOption,
)

if TYPE_CHECKING:
    from trustpath.workflow.residual import Residual

COLUMNS = ("may", "kind", "through", "until", "owner", "certain", "ends_by")


def register(tree: typer.Typer, application: Application) -> None:
    """Add the command to the tree."""

    @tree.command()
    def residual(
        name: Annotated[str, typer.Argument(help="The domain name.")],
        estate: EstateOption = DEFAULT_ESTATE,
        now: NowOption = None,
        collect: CollectOption = True,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Show who can still authenticate as a name, or obtain a certificate for it, until when."""
        from trustpath.cli.session import opened
        from trustpath.workflow.residual import residual as powers_of

        session, _ = opened(application, estate, now=now, collect=collect)
        show(powers_of(session, name), format)


def rows_of(found: Residual) -> list[dict[str, Any]]:
    """Return the powers as rows with instants as people read them."""
    from trustpath.rules.value import exact
    from trustpath.workflow.residual import as_document

    return [
        {key: exact(key, value) for key, value in row.items()}
        for row in as_document(found)["powers"]
    ]


def show(found: Residual, how: Format) -> None:
    """Show the powers over one name, and what nobody looked at; in CSV as rows of ``unknown``."""
    from trustpath.cli.formats import counted, show_rows
    from trustpath.cli.formats.console import console

    rows = rows_of(found)
    if how is Format.CSV:
        rows += [
            {"may": "unknown", "kind": "unknown", "through": what, "certain": False}
            for what in found.unknown
        ]
    extra = {"name": found.name, "unknown": list(found.unknown)}
    title = f"{found.name}: {counted(len(rows), 'power')}"
    show_rows("trustpath/residual/1", title, COLUMNS, rows, how, extra=extra)
    if how is Format.TABLE:
        screen = console()
        for what in found.unknown:
            screen.print(f"unknown: {what}", markup=False)
