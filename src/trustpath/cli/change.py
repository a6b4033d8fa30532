"""``trustpath change``: propose, consent, apply, take back."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trustpath.base.errors import InputError
from trustpath.cli.acting import (
    DENIED,
    HELD,
    ActorOption,
    IdArgument,
    read_signature,
    stopped,
)
from trustpath.cli.application import Application
from trustpath.cli.change_steps import add_finish, add_verify, show_unfinished
from trustpath.cli.options import (
    DEFAULT_ESTATE,
    CollectOption,
    EstateOption,
    Format,
    FormatOption,
    RulesOption,
)
from trustpath.cli.proposal import (
    CertEventOption,
    DnsOption,
    GitOption,
    NsupdateOption,
    OctodnsOption,
    ProposalOption,
    TerraformOption,
    UpdateOption,
    WholeOption,
    given,
    with_whole,
)

if TYPE_CHECKING:  # loading them costs more than showing the help may
    from trustpath.facts.change import Change
    from trustpath.facts.proposal import CertificateEvent
    from trustpath.workflow.change.decide import Stand
    from trustpath.workflow.change.office import Office

_REMARK = "A remark that is kept."
IdsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[ID]...", help="The changes.", show_default=False)
]
ProbeOption = Annotated[
    bool, typer.Option("--probe", help="Look at new addresses first, where the estate allows.")
]
ReasonOption = Annotated[str, typer.Option(help="Why.")]
TimeoutOption = Annotated[
    float | None, typer.Option(min=0, help="Seconds to wait for every name server.")
]


def register(tree: typer.Typer, application: Application) -> None:
    """Add the group to the tree."""
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    tree.add_typer(group, name="change", help="Changes: proposed, consented to, applied, undone.")
    for add in (_propose, _list, _show, _statement, _approve, _close, _apply):
        add(group, application)
    for add in (add_finish, _back, add_verify):
        add(group, application)


def _propose(group: typer.Typer, application: Application) -> None:
    @group.command("propose")
    def propose_change(
        dns: DnsOption = None,
        octodns: OctodnsOption = None,
        whole: WholeOption = False,
        nsupdate: NsupdateOption = None,
        update: UpdateOption = None,
        terraform: TerraformOption = None,
        git: GitOption = None,
        cert_event: CertEventOption = None,
        proposal: ProposalOption = None,
        reason: ReasonOption = "",
        probe: ProbeOption = False,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        collect: CollectOption = True,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """File a change. Exit code 0: it may be applied; 4: something lacks; 3: it is denied."""
        from trustpath.workflow.change.decide import propose
        from trustpath.workflow.plan import probe as look_at_new_addresses

        submission = with_whole(
            application.proposal(
                given(dns, octodns, nsupdate, update, terraform, git, cert_event, proposal)
            ),
            whole=whole,
        )
        if submission.events:
            _look_first(application, estate, submission.events)
        office = application.office(estate, rules=rules or ())
        if collect:
            office.desk.gate.refresh()
        if probe:
            look_at_new_addresses(
                office.session, submission, application.prober(office.session, estate)
            )
        stand = propose(office.desk, submission, actor, reason=reason)
        report(stand, format)


def _look_first(
    application: Application, estate: Path, events: tuple[CertificateEvent, ...]
) -> None:
    """Take the live look that orders take, where jobs of the estate carry the events out."""
    from trustpath.cli.certificates import opened
    from trustpath.workflow.certificate.request import look_first

    with opened(application, estate) as office, stopped():
        look_first(office.ports, events)


def _list(group: typer.Typer, application: Application) -> None:
    @group.command("list")
    def list_changes(
        state: Annotated[
            list[str] | None, typer.Option(help="Only in this state; repeatable.")
        ] = None,
        overdue_review: Annotated[
            bool, typer.Option("--overdue-review", help="Only emergencies not reviewed in time.")
        ] = False,
        open_steps: Annotated[
            bool, typer.Option("--open-steps", help="Only what was applied with last steps open.")
        ] = False,
        waiting_for: Annotated[
            str | None,
            typer.Option(
                "--waiting-for",
                metavar="ACTOR",
                help="Only what this actor can move on now, and how.",
            ),
        ] = None,
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """List changes, the oldest first."""
        from trustpath.cli.formats import counted, show_rows
        from trustpath.cli.formats.change import row_of
        from trustpath.facts.change import State
        from trustpath.workflow.change.beside import unfinished

        office = application.office(estate)
        if waiting_for is not None:
            _show_waiting(office, waiting_for, format)
            return
        known = {item.value: item for item in State}
        odd = [word for word in state or () if word not in known]
        if odd:
            raise InputError(
                f"{odd[0]!r} is no state", where="--state", hint="one of " + ", ".join(known)
            )
        now = office.desk.pace.now()
        with office.desk.store.reading() as reader:
            found = reader.changes([known[word] for word in state or ()])
            if overdue_review:
                found = [c for c in found if c.to_review_by is not None and c.to_review_by < now]
            if open_steps:
                show_unfinished(unfinished(reader, found), format)
                return
        rows = [row_of(change) for change in found]
        columns = ("id", "state", "verdict", "author", "zones", "edits", "created", "review_due")
        show_rows(
            "trustpath/changes/1", counted(len(rows), "change"), (*columns, "reason"), rows, format
        )


def _show_waiting(office: Office, actor: str, how: Format) -> None:
    from trustpath.cli.formats import counted, show_rows
    from trustpath.cli.formats.change import row_of
    from trustpath.cli.several import about
    from trustpath.workflow.change.asked import movable

    rows = [
        {
            **row_of(asked.change),
            "about": about(asked.change),
            "consents": [f"{n.role} ({n.owner})" if n.owner else n.role for n in asked.consents],
            "command": asked.command(actor),
        }
        for asked in movable(office.desk, actor)
    ]
    columns = ("id", "about", "author", "verdict", "created", "consents", "command", "reason")
    title = f"{counted(len(rows), 'change')} {'waits' if len(rows) == 1 else 'wait'} for {actor}"
    show_rows("trustpath/changes/1", title, columns, rows, how)


def _show(group: typer.Typer, application: Application) -> None:
    @group.command("show")
    def show(
        change: IdArgument,
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Show a change: what it does, who consented, what was written, what stands."""
        from trustpath.cli.formats.change import show_change
        from trustpath.workflow.change.decide import standing_of

        office = application.office(estate)
        with office.desk.store.reading() as reader:
            found = reader.get(change)
            consents, steps = reader.consents(found.id), reader.steps(found.id)
        show_change(standing_of(office.desk, found), format, consents, steps)


def _statement(group: typer.Typer, application: Application) -> None:
    @group.command("statement")
    def show_statement(
        change: IdArgument, actor: ActorOption = "", estate: EstateOption = DEFAULT_ESTATE
    ) -> None:
        """Print what an approval of the change signs, byte by byte."""
        from trustpath.workflow.change.decide import get, statement

        office = application.office(estate)
        office.desk.rules.actor(actor)
        sys.stdout.write(statement(get(office.desk, change), actor).decode())


def _approve(group: typer.Typer, application: Application) -> None:
    @group.command("approve")
    def approve_changes(
        changes: IdsArgument = None,
        every: Annotated[
            bool, typer.Option("--all", help="All that lack a consent of the actor's.")
        ] = False,
        actor: ActorOption = "",
        note: Annotated[str, typer.Option(help=_REMARK)] = "",
        sign: Annotated[
            str | None, typer.Option(help="Sign the approval with this SSH key file.")
        ] = None,
        signature: Annotated[
            Path | None, typer.Option(help="A file with a signature over the statement.")
        ] = None,
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        collect: CollectOption = True,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Consent to changes in every role that is the actor's; see change list --waiting-for."""
        from trustpath.cli.several import chosen, each
        from trustpath.workflow.change.asked import waiting_for
        from trustpath.workflow.change.decide import approve

        office = application.office(estate, rules=rules or ())
        if collect:
            office.desk.gate.refresh()
        made = None if signature is None else read_signature(signature)
        ids = chosen(
            changes,
            every=every,
            meant=lambda: [asked.change.id for asked in waiting_for(office.desk, actor)],
        )
        if made is not None and (every or len(ids) > 1):
            raise InputError("a signature is over one change", where="--signature", hint="--sign")

        def consent(one: str) -> Stand:
            return approve(office.desk, one, actor, note=note, sign=sign, signature=made)

        if every or len(ids) > 1:
            each(ids, consent, format, "approved")
        else:
            report(consent(ids[0]), format)


_CLOSINGS = (
    ("reject", "Refuse a change for good.", "--reason", "Why."),
    ("withdraw", "Take back a change of one's own before it is applied.", "--reason", "Why."),
    ("review", "Review what was applied as an emergency.", "--note", _REMARK),
)
"""Commands that judge nothing anew, each with the option of what is said to it."""


def _close(group: typer.Typer, application: Application) -> None:
    for name, summary, option, meaning in _CLOSINGS:
        _add_closing(group, application, name, summary, typer.Option("", option, help=meaning))


def _add_closing(
    group: typer.Typer, application: Application, name: str, summary: str, said: Any
) -> None:
    @group.command(name, help=summary)
    def close_change(
        change: IdArgument,
        word: str = said,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        from trustpath.cli.formats.change import show_change
        from trustpath.workflow.change import decide

        acts = {"reject": decide.reject, "withdraw": decide.withdraw, "review": decide.review}
        show_change(acts[name](application.office(estate).desk, change, actor, word), format)


def _apply(group: typer.Typer, application: Application) -> None:
    @group.command("apply")
    def apply_change(
        change: IdArgument,
        emergency: Annotated[
            str | None, typer.Option(help="Apply without the missing consents, for this reason.")
        ] = None,
        timeout: TimeoutOption = None,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Judge again, write, verify on every name server; go back where that fails.

        Exit code 0: applied; 4: something lacks; 3: denied, or rolled back; 1: it needs a person.
        """
        from trustpath.workflow.change.apply import apply

        office = application.office(estate, rules=rules or (), verify=timeout)
        run_change(
            office,
            format,
            lambda: apply(office.desk, office.ports, change, actor, emergency=emergency),
        )

    @group.command("resume")
    def resume_change(
        change: IdArgument,
        timeout: TimeoutOption = None,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """End a change that was interrupted or needs a person: applied, or rolled back."""
        from trustpath.workflow.change.apply import resume

        office = application.office(estate, verify=timeout)
        run_change(office, format, lambda: resume(office.desk, office.ports, change, actor))


def _back(group: typer.Typer, application: Application) -> None:
    @group.command("rollback")
    def roll_back(
        change: IdArgument,
        reason: ReasonOption = "",
        timeout: TimeoutOption = None,
        actor: ActorOption = "",
        estate: EstateOption = DEFAULT_ESTATE,
        rules: RulesOption = None,
        format: FormatOption = Format.TABLE,  # noqa: A002
    ) -> None:
        """Take an applied change back by its stored inverse, judged once more."""
        from trustpath.workflow.change.apply import rollback

        office = application.office(estate, rules=rules or (), verify=timeout)
        office.desk.gate.refresh()
        run_change(
            office,
            format,
            lambda: rollback(office.desk, office.ports, change, actor, reason=reason),
        )


def run_change(office: Office, how: Format, work: Callable[[], Change]) -> None:
    """Do it, show how the change ended, and exit with what that means."""
    from trustpath.cli.formats.change import show_change
    from trustpath.cli.several import code_of
    from trustpath.workflow.change.decide import Stand

    with stopped():
        ended = work()
    with office.desk.store.reading() as reader:
        steps = reader.steps(ended.id)
    show_change(Stand(ended), how, (), steps)
    code = code_of(ended)
    if code:
        raise typer.Exit(code)


def report(stand: Stand, how: Format) -> None:
    """Show where a change stands, and exit with what that means."""
    from trustpath.cli.formats.change import show_change
    from trustpath.facts.change import State

    show_change(stand, how)
    if stand.change.verdict == "deny":
        raise typer.Exit(DENIED)
    if stand.change.state is not State.APPROVED:
        raise typer.Exit(HELD)
