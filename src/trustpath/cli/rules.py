"""``trustpath rules``: list, explain and test the catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustpath.cli.application import Application
from trustpath.cli.options import Format, FormatOption, RulesOption
from trustpath.rules.status import TIERS


def register(tree: typer.Typer, application: Application) -> None:
    """Add the group to the tree."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    tree.add_typer(group, name="rules", help="The rule catalogue: list, explain, test.")

    @group.command("list")
    def list_rules(rules: RulesOption = None, format: FormatOption = Format.TABLE) -> None:  # noqa: A002
        """List every rule."""
        from trustpath.cli.formats import counted, show_rows

        rows = [
            {
                "id": rule.id,
                "title": rule.title,
                "subject": rule.subject,
                "gate": rule.gate,
                **{tier: status.word if status else "-" for tier, status in rule.severity.items()},
            }
            for rule in application.catalogue(rules or ())
        ]
        columns: tuple[str, ...] = ("id", "title", "gate", *TIERS)
        if format is not Format.TABLE:
            columns = (*columns, "subject")
        show_rows("trustpath/rules/1", counted(len(rows), "rule"), columns, rows, format)

    @group.command()
    def explain(
        rule_id: Annotated[str, typer.Argument(metavar="ID", help="The rule's id.")],
        rules: RulesOption = None,
    ) -> None:
        """Explain one rule: what it asks, of what, how bad it is, what to do, and its SQL."""
        from trustpath.workflow.rule_page import rule_page

        typer.echo(rule_page(application.catalogue(rules or ()).get(rule_id)))

    @group.command()
    def test(
        folder: Annotated[Path, typer.Argument(help="A folder of vector files (*.yaml).")],
        rules: RulesOption = None,
    ) -> None:
        """Run the vectors of a folder; exit code 3 when one does not come out as expected."""
        from trustpath.cli.vectors import run_folder

        if not run_folder(folder, application.catalogue(rules or ()), application.bench):
            raise typer.Exit(3)
