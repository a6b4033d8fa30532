"""``trustpath cert``: ask for certificates, obtain, renew, deploy and list them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from trustpath.base.clock import format_instant
from trustpath.base.errors import InputError
from trustpath.cli import forecast, revoke
from trustpath.cli.acting import HELD, ActorOption
from trustpath.cli.application import Application
from trustpath.cli.certificates import opened
from trustpath.cli.change import IdsArgument, ReasonOption, report
from trustpath.cli.options import DEFAULT_ESTATE, EstateOption, Format, FormatOption, RulesOption

if TYPE_CHECKING:  # loading them costs more than showing the help may
    from trustpath.facts.order import Issuance
    from trustpath.workflow.certificate.office import CertificateOffice
    from trustpath.workflow.certificate.renew import Renewal
    from trustpath.workflow.change.decide import Stand

JobsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[JOB]...", help="The jobs; all where none is named.")
]

ServeOption = Annotated[
    float | None, typer.Option("--timeout", min=0, help="Seconds to wait for every endpoint.")
]


def register(tree: typer.Typer, application: Application) -> None:
    """Add the group to the tree."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    tree.add_typer(group, name="cert", help="Certificates: asked for, obtained, renewed, deployed.")
    for add in COMMANDS:
        add(group, application)


def _request(group: typer.Typer, application: Application) -> None:
    @group.command("request")
    def request_certificate(
        jobs: Annotated[
            list[str] | None,
            typer.Argument(metavar="[JOB]...", help="The jobs.", show_default=False),
        ] = None,
        every: Annotated[
            bool, typer.Option("--all", help="Every job that has no certificate and no request.")
        ] = False,
        rekey: Annotated[bool, typer.Option("--rekey", help="With a new key.")] = False,
        ca: Annotated[str | None, typer.Option(help="From this CA of the job's issuers.")] = None,
        reason: ReasonOption = "",
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Propose certificates for jobs. Exit code 0: they may be issued; 4: something lacks.

        CAA and TLSA are looked at first, as the order will: what they forbid, nobody is asked for.
        """
        from trustpath.cli.acting import stopped
        from trustpath.cli.several import chosen, each
        from trustpath.workflow.certificate import request
        from trustpath.workflow.change.decide import propose

        if rekey and ca:
            raise InputError("one of the two in one change", where="--rekey", hint="or --ca")
        with opened(application, estate, rules) as office, stopped():
            wanted = chosen(jobs, every=every, meant=lambda: request.without(office))

            def ask(job: str) -> Stand:
                plan = request.job_named(office.ports, job)
                event = request.wanted_event(office.ports, plan, rekey=rekey, ca=ca)
                request.look_first(office.ports, (event,))
                submission = request.submission(event)
                return propose(office.changes.desk, submission, actor, reason=reason)

            if every or len(wanted) > 1:
                each(wanted, ask, format, "approved")
                return
            stand = ask(wanted[0])
        report(stand, format)


def _issue(group: typer.Typer, application: Application) -> None:
    @group.command("issue")
    def issue_certificates(
        changes: IdsArgument = None,
        every: Annotated[
            bool, typer.Option("--all", help="Every approved change that is about certificates.")
        ] = False,
        emergency: Annotated[
            str | None, typer.Option(help="Go on without the missing consents, for this reason.")
        ] = None,
        timeout: ServeOption = None,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Carry changes out: order, prove control, deploy, and see it served everywhere.

        Exit code 0: done; 4: something lacks; 3: denied, or not done; the change says why.
        """
        from trustpath.cli.change import run_change
        from trustpath.cli.several import chosen, each
        from trustpath.workflow.certificate.request import approved
        from trustpath.workflow.change.apply import apply
        from trustpath.workflow.change.decide import Stand

        with opened(application, estate, rules, serve=timeout) as office:
            desk, ports = office.changes.desk, office.changes.ports
            wanted = chosen(changes, every=every, meant=lambda: approved(office))

            def carry_out(one: str) -> Stand:
                return Stand(apply(desk, ports, one, actor, emergency=emergency))

            if every or len(wanted) > 1:
                each(wanted, carry_out, format, "applied")
            else:
                run_change(office.changes, format, lambda: carry_out(wanted[0]).change)


def _renew(group: typer.Typer, application: Application) -> None:
    @group.command("renew")
    def renew_certificates(
        jobs: JobsArgument = None,
        force: Annotated[
            bool, typer.Option("--force", help="Do not wait until it is due.")
        ] = False,
        timeout: ServeOption = None,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Renew what is due. What deviates from the last issue is held; it says why.

        Exit code 0: all is well; 4: something is held; 1: something failed.
        """
        from trustpath.workflow.certificate.renew import renew

        with opened(application, estate, rules, serve=timeout) as office:
            for job in jobs or ():
                _known(office, job)
            found = list(renew(office, actor, jobs or (), force=force))
        _show_renewals(found, format)


def _deploy(group: typer.Typer, application: Application) -> None:
    @group.command("deploy")
    def deploy_certificates(
        jobs: JobsArgument = None,
        timeout: ServeOption = None,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Take on what was interrupted or is not served yet: deploy it, and look again.

        Exit code 0: all is served; 4: something waits; 1: something failed.
        """
        from trustpath.workflow.certificate.renew import resume

        with opened(application, estate, serve=timeout) as office:
            found = list(resume(office, actor, jobs or ()))
        _show_renewals(found, format)


def _list(group: typer.Typer, application: Application) -> None:
    @group.command("list")
    def list_certificates(
        jobs: JobsArgument = None,
        every: Annotated[
            bool, typer.Option("--all", help="Also what has ended, failed or was replaced.")
        ] = False,
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """List what was issued, the oldest first."""
        from trustpath.cli.formats import counted, show_rows
        from trustpath.facts.order import IN_USE, UNDER_WAY
        from trustpath.workflow.certificate.source import renewal_of

        office = application.certificates(estate)
        now = office.ports.pace.now()
        with office.ports.store.reading() as reader:
            found = reader.orders(() if every else IN_USE | UNDER_WAY)
        rows = [
            {**row_of(item), "renewal": _instant(renewal_of(item, office.ports.jobs, now))}
            for item in found
            if not jobs or item.job in jobs
        ]
        columns = ("id", "job", "state", "ca", "names", "not_after", "renewal", "problem")
        show_rows("trustpath/certificates/1", counted(len(rows), "issuance"), columns, rows, format)


def _adopt(group: typer.Typer, application: Application) -> None:
    @group.command("adopt")
    def adopt_certificates(
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Take certificates that other programs obtained over, matched by key and names."""
        from trustpath.cli.formats import show_rows
        from trustpath.workflow.certificate.adopt import adopt

        with opened(application, estate) as office:
            rows = [row_of(item) for item in adopt(office, actor)]
        columns = ("id", "job", "state", "names", "fingerprint", "not_after")
        show_rows("trustpath/certificates/1", f"{len(rows)} taken over", columns, rows, format)


COMMANDS: list[Callable[[typer.Typer, Application], None]] = [
    _request,
    _issue,
    _renew,
    _deploy,
    _list,
    _adopt,
    forecast.register,
    revoke.register,
]
"""What adds the commands to the group, one each."""


def _known(office: CertificateOffice, job: str) -> None:
    from trustpath.workflow.certificate.request import job_named

    job_named(office.ports, job)


def row_of(issuance: Issuance) -> dict[str, object]:
    """Return an issuance as a row for people and programs; the chain is left out."""
    return {
        "id": issuance.id,
        "job": issuance.job,
        "state": issuance.state.value,
        "issuer": issuance.issuer,
        "ca": issuance.ca,
        "account": issuance.account,
        "method": issuance.method,
        "names": list(issuance.names),
        "spki": issuance.spki,
        "fingerprint": issuance.fingerprint,
        "replaces": issuance.replaces,
        "not_before": _instant(issuance.not_before),
        "not_after": _instant(issuance.not_after),
        "registered": _instant(issuance.registered_at),
        "issued": _instant(issuance.issued_at),
        "deployed": _instant(issuance.deployed_at),
        "verified": _instant(issuance.verified_at),
        "revoked": _instant(issuance.revoked_at),
        "revocation_reason": issuance.revocation_reason,
        "confirmed": _instant(issuance.confirmed_at),
        "change": issuance.change,
        "adopted": issuance.adopted,
        "problem": issuance.problem,
    }


def _show_renewals(found: list[Renewal], how: Format) -> None:
    """Show what became of each job, and exit with what that means."""
    from trustpath.cli.formats import counted, show_rows
    from trustpath.workflow.certificate.renew import Outcome

    rows: list[dict[str, object]] = [
        {
            "job": item.job,
            "outcome": item.outcome.value,
            "at": _instant(item.at),
            "change": item.change,
            "issuance": item.issuance,
            "why": item.why,
        }
        for item in found
    ]
    columns = ("job", "outcome", "at", "change", "issuance", "why")
    show_rows("trustpath/renewals/1", counted(len(rows), "job"), columns, rows, how)
    outcomes = {item.outcome for item in found}
    if Outcome.FAILED in outcomes:
        raise typer.Exit(1)
    if Outcome.HELD in outcomes:
        raise typer.Exit(HELD)


def _instant(instant: int | None) -> str | None:
    return None if instant is None else format_instant(instant)
