"""The options by which a proposal comes in, shared by the commands that take one."""

from __future__ import annotations

from typing import Annotated

import typer

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
