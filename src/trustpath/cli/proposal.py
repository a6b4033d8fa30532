"""The options by which a proposal comes in, shared by the commands that take one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from trustpath.base.errors import InputError

if TYPE_CHECKING:
    from trustpath.facts.proposal import Submission

DnsOption = Annotated[
    list[str] | None,
    typer.Option(help="A new version of a zone: a zone file, or ZONE=FILE; repeatable."),
]
OctodnsOption = Annotated[str | None, typer.Option(help="A folder of octoDNS zones.")]
NsupdateOption = Annotated[str | None, typer.Option(help="A script for nsupdate.")]
UpdateOption = Annotated[str | None, typer.Option(help="An RFC 2136 message in wire form.")]
TerraformOption = Annotated[
    str | None, typer.Option(help="A Terraform plan, as `terraform show -json` prints it.")
]
GitOption = Annotated[
    str | None, typer.Option(help="BASE..HEAD of a repository, or BASE..HEAD:PATH.")
]
WholeOption = Annotated[
    bool,
    typer.Option("--whole", help="The --octodns folder is all there is: zones not in it go."),
]
CertEventOption = Annotated[
    str | None, typer.Option(help="A file of certificate events; alone, or beside records.")
]
ProposalOption = Annotated[
    str | None, typer.Option(help="A YAML file that names records and certificate events.")
]


def given(
    dns: list[str] | None,
    octodns: str | None,
    nsupdate: str | None,
    update: str | None,
    terraform: str | None,
    git: str | None,
    cert_event: str | None,
    proposal: str | None,
) -> dict[str, str | list[str] | None]:
    """Return what was given by the names of the options, as ``Application.proposal`` takes it."""
    return {
        "dns": dns,
        "octodns": octodns,
        "nsupdate": nsupdate,
        "update": update,
        "terraform": terraform,
        "git": git,
        "cert-event": cert_event,
        "proposal": proposal,
    }


def with_whole(submission: Submission, *, whole: bool) -> Submission:
    """Return a submission whose folder is all there is; raises InputError where it is none."""
    if not whole:
        return submission
    if submission.listed is None:
        raise InputError(
            "the input is no folder of zones", where="--whole", hint="give it with --octodns FOLDER"
        )
    return replace(submission, whole=True)
