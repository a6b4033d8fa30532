"""What commands that act on changes share: who acts, on what, and how a stop ends them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

DENIED, HELD = 3, 4
ActorOption = Annotated[
    str, typer.Option(envvar="TRUSTPATH_ACTOR", help="Who acts: an actor of the estate.")
]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="The change.")]


@contextmanager
def stopped() -> Iterator[None]:
    """Exit as for something that lacks, or is denied, where that stops the work."""
    from trustpath.workflow.change.apply import StoppedError

    try:
        yield
    except StoppedError as error:
        typer.echo(f"trustpath: {error}", err=True)
        raise typer.Exit(DENIED if error.denied else HELD) from error
