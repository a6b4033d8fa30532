"""``trustpath drill``: rehearse what one hopes not to need."""

from __future__ import annotations

import typer

from trustpath.cli.acting import ActorOption
from trustpath.cli.application import Application
from trustpath.cli.bundle import (
    AccountOption,
    CaOption,
    DetachOption,
    IssuerOption,
    JobOption,
    KeyOption,
    MethodOption,
    NewKeyOption,
    begin,
)
from trustpath.cli.options import DEFAULT_ESTATE, EstateOption, Format, FormatOption


def register(tree: typer.Typer, application: Application) -> None:
    """Add the group to the tree."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    tree.add_typer(group, name="drill", help="Drills: mass replacement, rehearsed.")

    @group.callback()
    def _group() -> None:
        """Keep the one command a command of the group."""

    @group.command()
    def replace(
        job: JobOption = None,
        ca: CaOption = None,
        method: MethodOption = None,
        account: AccountOption = None,
        key: KeyOption = None,
        issuer: IssuerOption = None,
        new_key: NewKeyOption = False,
        detach: DetachOption = False,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Replace every certificate that is meant, see each served, and revoke nothing."""
        from trustpath.workflow.bundle.starting import Wish

        wish = Wish(
            kind="replacement",
            jobs=tuple(job or ()),
            issuer=issuer,
            ca=ca,
            method=method,
            account=account,
            spki=key,
            new_key=new_key,
            drill=True,
        )
        begin(application, estate, wish, actor, format, detach=detach)
