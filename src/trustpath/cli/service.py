"""``trustpath service``: retire a service along its checklist."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trustpath.cli.acting import ActorOption
from trustpath.cli.application import Application
from trustpath.cli.change import ReasonOption, report
from trustpath.cli.options import (
    DEFAULT_ESTATE,
    CollectOption,
    EstateOption,
    Format,
    FormatOption,
    NowOption,
)

if TYPE_CHECKING:
    from trustpath.facts.change import Change
    from trustpath.facts.order import Issuance
    from trustpath.workflow.retirement import Item, Retirement

HOLD = 4
COLUMNS = ("step", "state", "says", "do")


def register(tree: typer.Typer, application: Application) -> None:
    """Add the group to the tree."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    tree.add_typer(group, name="service", help="Services: retire one along its checklist.")

    @group.callback()
    def _group() -> None:
        """Keep the one command a command of the group."""

    @group.command()
    def retire(
        service: Annotated[str, typer.Argument(help="The service, by its id in the estate.")],
        estate: EstateOption = DEFAULT_ESTATE,
        now: NowOption = None,
        collect: CollectOption = True,
        propose: Annotated[
            bool, typer.Option("--propose", help="File the retirement as a change.")
        ] = False,
        reason: ReasonOption = "",
        actor: ActorOption = "",
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Walk the retirement checklist. Exit code 0: all is proven and confirmed; 4: not yet.

        With --propose a complete one is filed as a change; applying it records the retirement.
        """
        from trustpath.cli.session import opened
        from trustpath.workflow.retirement import retirement

        session, _ = opened(application, estate, now=now, collect=collect)
        durable = session.memory.durable
        applied = _applied(application, estate) if durable else ()
        found = retirement(session, service, applied, _revoked(application, estate, durable))
        if propose and found.complete:
            _propose(application, estate, service, reason, actor, format)
            return
        _show(found, format)
        if not found.complete or found.unconfirmed:
            raise typer.Exit(HOLD)


def _applied(application: Application, estate: Path) -> Sequence[Change]:
    """Return the changes of ours that were applied: what they removed may be cached."""
    from trustpath.facts.change import State

    with application.office(estate).desk.store.reading() as reader:
        return reader.changes([State.APPLIED])


def _revoked(application: Application, estate: Path, durable: bool) -> Sequence[Issuance]:
    """Return what was revoked here: of each a CRL or OCSP has to say so."""
    from trustpath.facts.order import IssuanceState

    if not durable:
        return ()
    with application.certificates(estate).ports.store.reading() as reader:
        return reader.orders((IssuanceState.REVOKED,))


def _propose(
    application: Application, estate: Path, service: str, reason: str, actor: str, how: Format
) -> None:
    from trustpath.facts.proposal import CertificateEvent, Submission
    from trustpath.workflow.change.decide import propose

    event = CertificateEvent(service, "retire", service=service)
    office = application.office(estate)
    office.desk.gate.refresh()
    submission = Submission(f"retire {service}", events=(event,))
    report(propose(office.desk, submission, actor, reason=reason), how)


def _show(found: Retirement, how: Format) -> None:
    from trustpath.cli.formats import show_rows
    from trustpath.cli.formats.console import console
    from trustpath.cli.residual import rows_of
    from trustpath.cli.residual import show as show_residual

    rows = [_row(item) for item in found.items]
    left = [{"name": one.name, "powers": rows_of(one), "unknown": list(one.unknown)}
            for one in found.residual]  # fmt: skip
    extra: dict[str, Any] = {
        "service": found.service,
        "owner": found.owner,
        "state": found.state,
        "complete": found.complete,
        "next": found.next.step if found.next else None,
        "unconfirmed": list(found.unconfirmed),
        "residual": left,
    }
    proven = sum(bool(item.proven) for item in found.items)
    title = f"{found.service}: {proven} of {len(rows)} steps proven"
    show_rows("trustpath/retirement/1", title, COLUMNS, rows, how, extra=extra)
    if how is not Format.TABLE:
        return
    screen = console()
    if found.next:
        screen.print(f"next: {found.next.step}: {found.next.do}", markup=False)
    for text in found.unconfirmed:
        screen.print(f"revoked, confirmation missing: {text}", markup=False)
    for one in found.residual:
        show_residual(one, how)


def _row(item: Item) -> dict[str, Any]:
    state = "proven" if item.proven else "unknown" if item.proven is None else "open"
    if item.blocked and not item.proven:
        state += ", blocked"
    return {"step": item.step, "state": state, "says": item.says, "do": item.do, "by": item.by}
