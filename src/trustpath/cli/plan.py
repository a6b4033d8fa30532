"""``trustpath plan``: what a proposal would do, before it is done."""

from __future__ import annotations

from typing import Annotated

import typer

from trustpath.cli.application import Application
from trustpath.cli.formats.plan_format import PlanFormat
from trustpath.cli.options import (
    DEFAULT_ESTATE,
    CollectOption,
    EstateOption,
    NowOption,
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

DENY, HOLD = 3, 4


def _print_schema(wanted: bool) -> None:
    if wanted:
        from trustpath.workflow.gate.document import json_schema

        typer.echo(json_schema(), nl=False)
        raise typer.Exit


def register(tree: typer.Typer, application: Application) -> None:
    """Add the command to the tree."""

    @tree.command()
    def plan(
        dns: DnsOption = None,
        octodns: OctodnsOption = None,
        whole: WholeOption = False,
        nsupdate: NsupdateOption = None,
        update: UpdateOption = None,
        terraform: TerraformOption = None,
        git: GitOption = None,
        cert_event: CertEventOption = None,
        proposal: ProposalOption = None,
        assume_approved: Annotated[
            bool,
            typer.Option(
                "--assume-approved", help="Approvals are taken elsewhere: list them, hold nothing."
            ),
        ] = False,
        accept_unknown: Annotated[
            bool,
            typer.Option(
                "--accept-unknown", help="Show what cannot be known, and hold nothing for it."
            ),
        ] = False,
        probe: Annotated[
            bool,
            typer.Option("--probe", help="Look at new addresses first, where the estate allows."),
        ] = False,
        _schema: Annotated[
            bool,
            typer.Option(
                "--schema",
                help="Print the JSON Schema of what --format json gives, and stop.",
                is_eager=True,
                callback=_print_schema,
            ),
        ] = False,
        estate: EstateOption = DEFAULT_ESTATE,
        now: NowOption = None,
        rules: RulesOption = None,
        collect: CollectOption = True,
        format: Annotated[  # noqa: A002  the option's name is part of the face
            PlanFormat, typer.Option("--format", "-f", help="How to show it.")
        ] = PlanFormat.TABLE,
    ) -> None:
        """Judge a proposed change of records or certificates; nothing is changed or kept.

        Exit code 0: allow or warn; 3: deny; 4: hold; 1: an error.
        """
        from trustpath.cli.formats.plan import show_plan
        from trustpath.cli.session import opened
        from trustpath.workflow.gate.assessment import Verdict
        from trustpath.workflow.plan import plan as judge_plan

        submission = with_whole(
            application.proposal(
                given(dns, octodns, nsupdate, update, terraform, git, cert_event, proposal)
            ),
            whole=whole,
        )
        session, _ = opened(application, estate, now=now, rules=rules, collect=collect)
        said = judge_plan(
            session,
            submission,
            consented=assume_approved,
            accept_unknown=accept_unknown,
            prober=application.prober(session, estate) if probe else None,
        )
        show_plan(said, submission, format)
        if said.verdict is Verdict.DENY:
            raise typer.Exit(DENY)
        if said.verdict is Verdict.HOLD:
            raise typer.Exit(HOLD)
