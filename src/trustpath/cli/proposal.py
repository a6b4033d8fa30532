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
CertEventOption = Annotated[str | None, typer.Option(help="A file of certificate events.")]
