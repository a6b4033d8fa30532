"""``trustpath account``: accounts at CAs, and the standing records that grant to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trustpath.base.clock import format_instant, parse_instant
from trustpath.cli.acting import ActorOption
from trustpath.cli.application import Application
from trustpath.cli.change import ReasonOption, report
from trustpath.cli.options import DEFAULT_ESTATE, EstateOption, Format, FormatOption, RulesOption

if TYPE_CHECKING:  # loading them costs more than showing the help may
    from trustpath.facts.account import KnownAccount
    from trustpath.workflow.certificate.account import Held

_COLUMNS = ("issuer", "ca", "status", "uri", "thumbprint", "jobs", "names")
IssuerArgument = Annotated[str, typer.Argument(metavar="ISSUER", help="The issuer.")]
IssuerOption = Annotated[str, typer.Option("--issuer", help="The issuer whose account it is.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The name, or *.NAME.")]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Whatever stands against it; takes --reason.")
]


def register(tree: typer.Typer, application: Application) -> None:
    """Add the group to the tree."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    tree.add_typer(group, name="account", help="Accounts at CAs, and what they were granted.")
    for add in (_register, _list, _rotate, _deactivate, _grant, _withdraw):
        add(group, application)


def _register(group: typer.Typer, application: Application) -> None:
    @group.command("register")
    def register_account(
        issuer: IssuerArgument,
        agree: Annotated[
            bool, typer.Option("--agree", help="Agree to the terms of the CA.")
        ] = False,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Make key and account of an issuer, or find the one that is there."""
        from trustpath.workflow.certificate.account import register

        office = application.certificates(estate)
        try:
            known = register(office, issuer, actor, agree=agree)
        finally:
            office.close()
        _show([row_of(known)], format)


def _list(group: typer.Typer, application: Application) -> None:
    @group.command("list")
    def list_accounts(
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """List the accounts of the issuers, with the jobs and names that they order for."""
        from trustpath.workflow.certificate.account import listed

        office = application.certificates(estate)
        try:
            rows = [_held(item) for item in listed(office)]
        finally:
            office.close()
        _show(rows, format)


def _rotate(group: typer.Typer, application: Application) -> None:
    @group.command("rotate")
    def rotate_key(
        issuer: IssuerArgument,
        force: ForceOption = False,
        reason: ReasonOption = "",
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Give an account a new key. Refused while hashed standing records name the present one."""
        from trustpath.cli.certificates import opened
        from trustpath.workflow.certificate.account import rotate

        with opened(application, estate) as office:
            known = rotate(office, issuer, actor, force=force, reason=reason)
        _show([row_of(known)], format)


def _deactivate(group: typer.Typer, application: Application) -> None:
    @group.command("deactivate")
    def deactivate_account(
        issuer: IssuerArgument,
        force: ForceOption = False,
        reason: ReasonOption = "",
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """End an account for good. Refused while jobs order with it or records name it."""
        from trustpath.cli.certificates import opened
        from trustpath.workflow.certificate.account import deactivate

        with opened(application, estate) as office:
            known = deactivate(office, issuer, actor, force=force, reason=reason)
        _show([row_of(known)], format)


def _grant(group: typer.Typer, application: Application) -> None:
    @group.command("grant")
    def grant_name(
        name: NameArgument,
        issuer: IssuerOption,
        until: Annotated[str | None, typer.Option(help="Its end (RFC 3339).")] = None,
        wildcard: Annotated[
            bool, typer.Option("--wildcard", help="For wildcards and names below as well.")
        ] = False,
        successor: Annotated[
            bool, typer.Option("--successor", help="For the key that the account has next.")
        ] = False,
        reason: ReasonOption = "",
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Propose the standing record that lets an account obtain for a name.

        Exit code 0: it may be applied; 4: something lacks; 3: it is denied.
        """
        from trustpath.cli.certificates import opened
        from trustpath.workflow.certificate.grant import Terms, grant

        end = None if until is None else parse_instant(until, where="--until")
        terms = Terms(end, wildcard, successor)
        with opened(application, estate, rules) as office:
            stand = grant(office, name, issuer, actor, terms, reason=reason)
        report(stand, format)


def _withdraw(group: typer.Typer, application: Application) -> None:
    @group.command("withdraw")
    def withdraw_grant(
        name: NameArgument,
        issuer: IssuerOption,
        reason: ReasonOption = "",
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Propose to take away every standing record of an account at a name.

        Exit code 0: it may be applied; 4: something lacks; 3: it is denied.
        """
        from trustpath.cli.certificates import opened
        from trustpath.workflow.certificate.grant import withdraw

        with opened(application, estate, rules) as office:
            stand = withdraw(office, name, issuer, actor, reason=reason)
        report(stand, format)


def row_of(known: KnownAccount) -> dict[str, object]:
    """Return an account as a row for people and programs."""
    return {
        "issuer": known.issuer,
        "ca": known.ca,
        "status": known.status,
        "uri": known.uri,
        "thumbprint": known.thumbprint,
        "former": list(known.former),
        "terms_accepted": known.terms_accepted,
        "registered_by": known.registered_by,
        "registered": format_instant(known.registered_at),
        "updated": format_instant(known.updated_at),
    }


def _held(item: Held) -> dict[str, object]:
    spec = item.issuer.spec
    none = {"issuer": spec.id, "ca": spec.ca, "status": "none"}
    account = row_of(item.account) if item.account else none
    return {**account, "jobs": list(item.jobs), "names": list(item.names)}


def _show(rows: list[dict[str, object]], how: Format) -> None:
    from trustpath.cli.formats import counted, show_rows

    shown = [column for column in _COLUMNS if any(column in row for row in rows)]
    show_rows("trustpath/accounts/1", counted(len(rows), "account"), shown, rows, how)
