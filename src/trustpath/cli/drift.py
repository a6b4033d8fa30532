"""``trustpath drift``: what zones serve now against what was approved last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from trustpath.base.clock import format_instant
from trustpath.base.errors import InputError
from trustpath.base.names import canonical
from trustpath.cli.acting import ActorOption
from trustpath.cli.application import Application
from trustpath.cli.change import ReasonOption, report
from trustpath.cli.options import DEFAULT_ESTATE, EstateOption, Format, FormatOption, RulesOption

if TYPE_CHECKING:  # loading them costs more than showing the help may
    from trustpath.workflow.drift.run import ZoneDrift

DRIFT = 3


def register(tree: typer.Typer, application: Application) -> None:
    """Add the command to the tree."""

    @tree.command("drift")
    def show_drift(
        zones: Annotated[
            list[str] | None, typer.Argument(metavar="ZONE...", help="Only these zones.")
        ] = None,
        accept_baseline: Annotated[
            bool,
            typer.Option("--accept-baseline", help="Accept what is served as approved, once."),
        ] = False,
        propose_it: Annotated[
            bool, typer.Option("--propose", help="File a change that approves what differs.")
        ] = False,
        revert: Annotated[
            bool, typer.Option("--revert", help="File a change that brings the approved back.")
        ] = False,
        impact: Annotated[
            bool, typer.Option("--impact/--no-impact", help="Judge what differs.")
        ] = True,
        reason: ReasonOption = "",
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Compare what zones serve now with what was approved. Exit code 3: drift stands."""
        from trustpath.workflow.change.decide import propose
        from trustpath.workflow.drift.run import accept, adopting, drift, reverting
        from trustpath.workflow.drift.served import served

        if accept_baseline + propose_it + revert > 1:
            raise InputError("one of the three", where="--propose")
        office = application.office(estate, rules=rules or ())
        wanted = [canonical(zone) for zone in zones or ()]
        if accept_baseline:
            found = list(served(office.session.sources, wanted))
            who, now = office.desk.rules.actor(actor), office.desk.pace.now()
            for apex in accept(office.acts, office.approved, found, who, now):
                typer.echo(f"accepted {apex or '.'}")
            return
        last, clock = office.approved.last, office.desk.pace.now
        found = list(served(office.session.sources, wanted, last, clock))
        judged = impact or propose_it or revert
        if judged:
            office.desk.gate.refresh()
        with office.desk.store.reading() as reader:
            changes = reader.changes()
        gate = office.desk.gate if judged else None
        drifts = list(drift(office.approved, found, changes, gate))
        if propose_it or revert:
            submission = adopting(drifts) if propose_it else reverting(drifts)
            report(
                propose(office.desk, submission, actor, reason=reason, adopts=propose_it), format
            )
            return
        _show(drifts, format)
        if any(item.unapproved for item in drifts):
            raise typer.Exit(DRIFT)


def _show(drifts: list[ZoneDrift], how: Format) -> None:
    from trustpath.cli.formats.change import edit_lines
    from trustpath.cli.formats.rows import write_json

    if how is Format.JSON:
        write_json({"schema": "trustpath/drift/1", "zones": [_document(d) for d in drifts]})
        return
    for item in drifts:
        zone = item.served.zone or "."
        if item.problem:
            typer.echo(f"{zone}: unknown, {item.problem}")
            continue
        count = len(item.differences)
        typer.echo(f"{zone}: {f'{count} RRsets differ' if count else 'as approved'}")
        for difference in item.differences:
            whose = (
                f"change {difference.change} ({difference.state})"
                if difference.change
                else "unapproved"
            )
            like = f", as in {difference.resembles}" if difference.resembles else ""
            for line in edit_lines(difference.edit):
                typer.echo(f"  {line}  [{whose}{like}]")
        for change in item.impact.impact if item.impact else ():
            typer.echo(f"  {change.after.word} {change.rule} {change.subject}: {change.title}")
        if item.transient:
            typer.echo(f"  {item.transient}")


def _document(item: ZoneDrift) -> dict[str, Any]:
    from trustpath.facts.change import plain

    return {
        "zone": item.served.zone or ".",
        "source": item.served.source,
        "at": format_instant(item.served.at),
        "serial": item.served.serial,
        "problem": item.problem or None,
        "approved": None
        if item.approved is None
        else {"by": item.approved.by, "at": format_instant(item.approved.at)},
        "differences": [
            {**plain(difference), "approved": difference.approved}
            for difference in item.differences
        ],
        "transient": item.transient,
        "impact": None if item.impact is None else plain(item.impact.impact),
        "verdict": None if item.impact is None else item.impact.verdict.word,
        "unknown": [] if item.impact is None else plain(item.impact.unknown),
    }
