"""What commands that act on changes share: who acts, on what, and how a stop ends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from trustpath.base.errors import InputError
from trustpath.cli.given import read_given

DENIED, HELD = 3, 4
ActorOption = Annotated[
    str, typer.Option(envvar="TRUSTPATH_ACTOR", help="Who acts: an actor of the estate.")
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The change.")]


def read_signature(path: Path) -> str:
    """Return the armored signature in a file; raises InputError for what is none."""
    try:
        return read_given(path, "--signature").decode("ascii")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}: the signature is not ASCII", where="--signature", hint="ssh-keygen -Y sign"
        ) from error


@contextmanager
def stopped() -> Iterator[None]:
    """Exit as for something that lacks, or is denied, where that stops the work."""
    from trustpath.workflow.change.apply import StoppedError

    try:
        yield
    except StoppedError as error:
        typer.echo(f"trustpath: {error}", err=True)
        raise typer.Exit(DENIED if error.denied else HELD) from error
