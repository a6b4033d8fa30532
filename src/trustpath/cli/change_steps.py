"""``trustpath change finish`` and ``verify``: what comes after a change was applied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from trustpath.cli.acting import DENIED, HELD, ActorOption, IdArgument, stopped
from trustpath.cli.application import Application
from trustpath.cli.options import DEFAULT_ESTATE, EstateOption, Format, FormatOption, RulesOption

if TYPE_CHECKING:  # loading it costs more than showing the help may
    from trustpath.facts.change import Change
    from trustpath.workflow.change.stages import LastStep


def add_finish(group: typer.Typer, application: Application) -> None:
    """Add the command to the group."""

    @group.command("finish")
    def finish_change(
        change: IdArgument,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Do the last steps of an applied change: the old endpoint's end, then revocations.

        Exit code 0: none is open any more; 4: one is, or it is too early.
        """
        from trustpath.cli.formats.change import show_change
        from trustpath.workflow.change.decide import Stand
        from trustpath.workflow.change.finish import finish
        from trustpath.workflow.change.stages import open_steps

        office = application.office(estate, rules=rules or ())
        office.desk.gate.refresh()
        with stopped():
            ended = finish(office.desk, office.ports, change, actor)
        show_change(Stand(ended), format)
        if open_steps(ended):
            raise typer.Exit(HELD)


def add_verify(group: typer.Typer, application: Application) -> None:
    """Add the command to the group."""

    @group.command("verify")
    def verify_change(
        change: IdArgument,
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Ask every name server whether it still has what the change applied.

        Exit code 0: they have; 3: one has something else; 4: one could not be asked.
        """
        from trustpath.cli.formats.change import show_served
        from trustpath.workflow.change.served import verify

        office = application.office(estate)
        found = verify(office.desk, office.ports, change)
        show_served(found, format)
        if found.differs or found.unknown:
            raise typer.Exit(DENIED if found.differs else HELD)


def show_unfinished(unfinished: Sequence[tuple[Change, Sequence[LastStep]]], how: Format) -> None:
    """Show the last steps that are open, one row each."""
    from trustpath.base.clock import format_instant
    from trustpath.cli.formats import counted, show_rows
    from trustpath.workflow.change.stages import earliest

    rows = [
        {
            "id": change.id,
            "step": step.says,
            "from": None if (at := earliest(change)) is None else format_instant(at),
            "why": step.why,
            "author": change.author,
        }
        for change, steps in unfinished
        for step in steps
    ]
    columns = ("id", "step", "from", "why", "author")
    show_rows("trustpath/open-steps/1", counted(len(rows), "open last step"), columns, rows, how)
