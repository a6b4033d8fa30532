"""``trustpath exception``: exceptions from rules, with an end."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from trustpath.base.clock import format_instant, parse_instant
from trustpath.cli.acting import ActorOption
from trustpath.cli.application import Application
from trustpath.cli.change import ReasonOption
from trustpath.cli.options import DEFAULT_ESTATE, EstateOption, Format, FormatOption

_COLUMNS = ("id", "state", "rule", "subject", "owner", "until", "control", "reason", "granted_by")


def register(tree: typer.Typer, application: Application) -> None:
    """Add the group to the tree."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    tree.add_typer(group, name="exception", help="Exceptions from rules, with an end.")

    @group.command("grant")
    def grant_exception(
        rule: Annotated[str, typer.Option(help="The rule.")],
        owner: Annotated[str, typer.Option(help="Who answers for it.")],
        control: Annotated[str, typer.Option(help="What protects meanwhile.")],
        until: Annotated[str, typer.Option(help="Its end (RFC 3339).")],
        reason: ReasonOption = "",
        subject: Annotated[
            str | None, typer.Option(help="The subject; without it every subject.")
        ] = None,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Excuse findings of a rule until a day."""
        from trustpath.workflow.exception import Terms, grant

        office = application.office(estate)
        known = office.session.catalogue.get(rule)
        end = parse_instant(until, where="--until")
        terms = Terms(known.id, subject, owner, reason, control, end)
        who = office.desk.rules.actor(actor)
        given = grant(office.grants, who, terms, office.owners, office.desk.pace.now())
        _rows([given], office.desk.pace.now(), format)

    @group.command("list")
    def list_exceptions(
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """List every exception that was ever granted."""
        office = application.office(estate)
        _rows(office.grants.grants(), office.desk.pace.now(), format)

    @group.command("revoke")
    def revoke_exception(
        exception: Annotated[str, typer.Argument(metavar="ID", help="The exception.")],
        reason: ReasonOption = "",
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """End an exception now."""
        from trustpath.workflow.exception import revoke

        office = application.office(estate)
        who, now = office.desk.rules.actor(actor), office.desk.pace.now()
        _rows([revoke(office.grants, who, exception, reason, now)], now, format)


def _rows(found: Any, now: int, how: Format) -> None:
    from trustpath.cli.formats import counted, show_rows
    from trustpath.facts.change import plain
    from trustpath.workflow.exception import state_of

    rows = [
        {**plain(item), "state": state_of(item, now), "until": format_instant(item.until)}
        for item in found
    ]
    for row in rows:
        row.pop("granted_at")
        row.pop("revoked_at")
    show_rows("trustpath/exceptions/1", counted(len(rows), "exception"), _COLUMNS, rows, how)
