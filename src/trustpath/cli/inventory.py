"""``trustpath inventory``: what there is, who owns it, what sources disagree on."""

from __future__ import annotations

import typer

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
)

_KINDS = {
    "certificates": "Certificates: names, owner, issuer, expiry, where seen, where stored.",
    "names": "Host names: zone, service, owners, where they lead, certificates.",
    "zones": "Zones: source, coverage, DNSSEC, owner.",
    "owners": "Owners and what they answer for.",
    "unowned": "What nobody answers for.",
    "reconcile": "Names and certificates that some side does not know.",
}
_HIDDEN = {
    "certificates": ("certificate", "not_before", "logged", "publicly_trusted", "ca"),
    "names": ("addresses",),
}
"""Columns that a terminal has no room for; JSON and CSV have them."""


def register(tree: typer.Typer, application: Application) -> None:
    """Add the group to the tree."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    tree.add_typer(group, name="inventory", help="What there is and who owns it.")
    for kind, text in _KINDS.items():
        _add(group, application, kind, text)


def _add(group: typer.Typer, application: Application, kind: str, text: str) -> None:
    @group.command(kind, help=text)
    def listing(
        estate: EstateOption = DEFAULT_ESTATE,
        now: NowOption = None,
        as_of: AsOfOption = None,
        collect: CollectOption = True,
        engine: EngineOption = EngineChoice.AUTO,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        from trustpath.cli.formats import counted, show_rows
        from trustpath.cli.session import opened
        from trustpath.rules.value import exact
        from trustpath.workflow.inventory import inventory

        session, moment = opened(application, estate, now=now, as_of=as_of, collect=collect)
        found = inventory(session, kind, as_of=moment, engine=engine.value)
        rows = [{key: exact(key, value) for key, value in row.items()} for row in found.rows]
        hidden = _HIDDEN.get(kind, ()) if format is Format.TABLE else ()
        columns = [column for column in found.columns if column not in hidden]
        show_rows(
            f"trustpath/inventory-{kind}/1",
            counted(len(rows), "row" if kind in ("unowned", "reconcile") else kind[:-1]),
            columns,
            rows,
            format,
            extra={"completeness": found.completeness, "remark": found.remark},
        )
        if format is Format.TABLE and found.remark:
            typer.echo(found.remark)
        if format is Format.TABLE and found.completeness:
            known = ", ".join(
                f"{field.replace('_', ' ')} {share:g} %"
                for field, share in found.completeness.items()
            )
            typer.echo(f"known: {known}")
