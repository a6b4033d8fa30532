"""``trustpath cert forecast``: whether the next renewal of each job would get through."""

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
    RulesOption,
)

if TYPE_CHECKING:
    from trustpath.workflow.certificate.forecast import Blocker, JobForecast

BLOCKED, UNKNOWN = 3, 4
COLUMNS = ("job", "service", "due", "due_by", "passes", "by", "reasons")


def register(group: typer.Typer, application: Application) -> None:
    """Add the command to the group of certificates."""

    @group.command()
    def forecast(
        job: Annotated[
            list[str] | None, typer.Option("--job", help="Only this job; repeatable.")
        ] = None,
        estate: EstateOption = DEFAULT_ESTATE,
        now: NowOption = None,
        rules: RulesOption = None,
        collect: CollectOption = True,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Try the next renewal of every job in advance, at the day when it is due.

        Exit code 3: one would not get through; 4: of one it is not known.
        """
        from trustpath.cli.formats import counted, show_rows
        from trustpath.cli.session import opened
        from trustpath.workflow.certificate.forecast import forecast as forecast_of

        session, _ = opened(application, estate, now=now, rules=rules, collect=collect)
        found = forecast_of(session, tuple(job or ()))
        rows = [_row(one, how=format) for one in found]
        blocked = sum(one.passes is False for one in found)
        title = f"{counted(len(found), 'job')}, {blocked} would not get through"
        show_rows("trustpath/forecast/1", title, COLUMNS, rows, format)
        if blocked:
            raise typer.Exit(BLOCKED)
        if any(one.passes is None for one in found):
            raise typer.Exit(UNKNOWN)


def _row(one: JobForecast, *, how: Format) -> dict[str, Any]:
    from trustpath.base.clock import format_instant

    row: dict[str, Any] = {
        "job": one.job,
        "service": one.service,
        "owner": one.owner,
        "names": list(one.names),
        "due": format_instant(one.due),
        "due_by": one.due_by,
        "passes": one.passes,
        "by": one.by,
        "reasons": "; ".join(map(_said, (*one.blockers, *one.unknown))),
    }
    if how is Format.JSON:
        del row["reasons"]
        row["blockers"] = [_document(blocker) for blocker in one.blockers]
        row["unknown"] = [_document(blocker) for blocker in one.unknown]
    elif row["passes"] is None:
        row["passes"] = "unknown"
    return row


def _said(blocker: Blocker) -> str:
    from trustpath.base.clock import format_instant

    if blocker.missing is not None:
        text = f"{blocker.rule}: unknown, missing {blocker.missing} ({blocker.subject})"
        return f"{text}; {blocker.way_out}" if blocker.way_out else text
    since = f" from {format_instant(blocker.since)}" if blocker.since is not None else ""
    return f"{blocker.rule}: {blocker.title}{since} ({blocker.subject})"


def _document(blocker: Blocker) -> dict[str, Any]:
    from trustpath.base.clock import format_instant
    from trustpath.rules.value import exact

    return {
        "rule": blocker.rule,
        "title": blocker.title,
        "subject": blocker.subject,
        "status": blocker.status.word,
        "owner": blocker.owner,
        "since": None if blocker.since is None else format_instant(blocker.since),
        "evidence": {key: exact(key, value) for key, value in blocker.evidence.items()},
        "missing": blocker.missing,
        "way_out": blocker.way_out,
        "remediation": blocker.remediation,
    }
