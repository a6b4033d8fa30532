"""``trustpath check``: judge the estate and show what stands."""

from __future__ import annotations

from typing import Annotated

import typer

from trustpath.base.errors import InputError, SourceError
from trustpath.cli.application import Application
from trustpath.cli.options import (
    DEFAULT_ESTATE,
    AsOfOption,
    CollectOption,
    EngineChoice,
    EngineOption,
    EstateOption,
    Format,
    FormatOption,
    NowOption,
    RulesOption,
)
from trustpath.rules.status import Status


def register(tree: typer.Typer, application: Application) -> None:
    """Add the command to the tree."""

    @tree.command()
    def check(
        estate: EstateOption = DEFAULT_ESTATE,
        rule: Annotated[
            list[str] | None, typer.Option(help="Only this rule or family; repeatable.")
        ] = None,
        tier: Annotated[list[str] | None, typer.Option(help="Only this tier; repeatable.")] = None,
        owner: Annotated[
            list[str] | None, typer.Option(help="Only what this owner answers for; repeatable.")
        ] = None,
        min_status: Annotated[
            str, typer.Option(help="Hide findings below this status.")
        ] = "unknown",
        fail_on: Annotated[
            str, typer.Option(help="Exit 3 when a finding at or above this status stands.")
        ] = "high",
        now: NowOption = None,
        as_of: AsOfOption = None,
        rules: RulesOption = None,
        collect: CollectOption = True,
        engine: EngineOption = EngineChoice.AUTO,
        format: FormatOption = Format.TABLE,  # noqa: A002  the option's name is part of the face
        all_unknowns: Annotated[
            bool, typer.Option("--all-unknowns", help="List every unknown, not 1,000 of a rule.")
        ] = False,
        allow_source_errors: Annotated[
            bool,
            typer.Option("--allow-source-errors", help="A source that fails is no error."),
        ] = False,
        verbose: Annotated[
            bool,
            typer.Option(
                "--verbose", "-v", help="List every finding, not one entry for those of one cause."
            ),
        ] = False,
        most: Annotated[int, typer.Option("--max", help="List so many entries; 0: all.")] = 0,
        page: Annotated[int, typer.Option(help="Which page of --max entries, from 1.")] = 1,
    ) -> None:
        """Judge the estate by the rule catalogue.

        Exit code 0: nothing at or above --fail-on stands; 3: something does; 1: an error,
        such as a source that gave nothing.
        """
        from trustpath.cli.formats import show_report
        from trustpath.cli.formats.page import Page
        from trustpath.cli.session import opened
        from trustpath.workflow.check import Selection
        from trustpath.workflow.check import check as judge_estate

        wanted = Page(most, page)
        selection = Selection(
            rules=tuple(rule or ()),
            tiers=tuple(tier or ()),
            owners=tuple(owner or ()),
            min_status=_status(min_status, "--min-status"),
            fail_on=_status(fail_on, "--fail-on"),
            all_unknowns=all_unknowns,
        )
        session, moment = opened(
            application,
            estate,
            now=now,
            as_of=as_of,
            rules=rules,
            collect=collect,
            verify=True,
        )
        report = judge_estate(session, selection, as_of=moment, engine=engine.value)
        show_report(report, session.estate.organisation, format, verbose=verbose, page=wanted)
        if report.fails:
            raise typer.Exit(3)
        if report.failed_sources and not allow_source_errors:
            raise SourceError(
                "these sources failed or gave nothing: "
                + ", ".join(s.source for s in report.failed_sources),
                where="sources",
                hint="fix or remove them, or judge without them: --allow-source-errors",
            )


def _status(word: str, option: str) -> Status:
    try:
        return Status.from_word(word)
    except ValueError:
        known = ", ".join(status.word for status in Status)
        raise InputError(f"{word!r} is no status", where=option, hint=f"one of {known}") from None
