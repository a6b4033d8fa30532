"""``trustpath show``: the trust path of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from trustpath.cli.application import Application
from trustpath.cli.options import (
    DEFAULT_ESTATE,
    AsOfOption,
    CollectOption,
    EstateOption,
    Format,
    FormatOption,
    NowOption,
    RulesOption,
)

if TYPE_CHECKING:
    from trustpath.workflow.show import Path


def register(tree: typer.Typer, application: Application) -> None:
    """Add the command to the tree."""

    @tree.command()
    def show(
        name: Annotated[str, typer.Argument(help="The domain name.")],
        estate: EstateOption = DEFAULT_ESTATE,
        now: NowOption = None,
        as_of: AsOfOption = None,
        rules: RulesOption = None,
        collect: CollectOption = True,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Show the trust path of a name, link by link, with the findings on it."""
        from trustpath.cli.formats import show_rows
        from trustpath.cli.session import opened
        from trustpath.workflow.show import as_document
        from trustpath.workflow.show import show as path_of

        session, moment = opened(
            application, estate, now=now, as_of=as_of, rules=rules, collect=collect
        )
        path = path_of(session, name, as_of=moment)
        if format is Format.TABLE:
            _print(path)
            return
        document = _readable(as_document(path))
        columns = ("kind", "text", "source", "grade", "observed_at", "age")
        links = document.pop("links")
        if format is Format.JSON:
            from trustpath.cli.formats.rows import write_json

            write_json({"schema": "trustpath/show/1", **document, "links": links})
        else:
            show_rows("trustpath/show/1", name, columns, links, format)


def _readable(value: Any, key: str = "") -> Any:
    from trustpath.cli.formats.document import shown

    if isinstance(value, dict):
        return {name: _readable(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_readable(item, key) for item in value]
    return value if key == "age" else shown(key, value)


def _print(path: Path) -> None:
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    from trustpath.cli.formats.console import console
    from trustpath.cli.formats.document import evidence_of, shown

    screen = console()
    people = f"owner {path.owner or '-'}, records {path.record_owner or '-'}"
    screen.print(
        f"[bold]{escape(path.name)}[/bold]  service {escape(path.service or '-')}, "
        f"tier {path.tier}, {escape(people)}"
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("link", "", "evidence", "age"):
        table.add_column(column, overflow="fold", no_wrap=column in ("link", "evidence", "age"))
    for link in path.links:
        shown_already = link.text
        details = ", ".join(
            f"{key.replace('_', ' ')} {shown(key, value)}"
            for key, value in link.details.items()
            if value is not None and str(value) not in shown_already
        )
        grade = "-" if link.grade is None else f"{link.source} ({link.grade.name.lower()})"
        age = "-" if link.observed_at is None else _age(path.now - link.observed_at)
        table.add_row(
            link.kind,
            escape(link.text) + (f" [dim]{escape(details)}[/dim]" if details else ""),
            grade,
            age,
        )
    screen.print(table)
    for finding in path.findings:
        evidence = ", ".join(f"{k} {v}" for k, v in evidence_of(finding).items())
        screen.print(
            f"[bold]{finding.status.word}[/bold] {finding.rule.id} {escape(finding.rule.title)}: "
            f"{escape(finding.subject)} [dim]{escape(evidence)}[/dim]"
        )
    if not path.findings:
        screen.print("no findings")


def _age(seconds: int) -> str:
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= size:
            return f"{seconds // size}{unit}"
    return f"{max(seconds, 0)}s"
