"""``trustpath init``: write a commented estate file to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trustpath.base.errors import InputError
from trustpath.cli.application import Application


def register(tree: typer.Typer, _application: Application) -> None:
    """Add the command to the tree."""

    @tree.command()
    def init(
        folder: Annotated[Path, typer.Argument(help="The folder to write estate.yaml into.")],
    ) -> None:
        """Write a commented estate file; never overwrites one."""
        from trustpath.facts.estate import template

        path = folder / "estate.yaml"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("x", encoding="utf-8") as file:
                file.write(template())
        except FileExistsError as error:
            raise InputError(
                "it exists already", where=str(path), hint="name another folder"
            ) from error
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", where=str(path)) from error
        typer.echo(f"{path}: edit it, then run: trustpath check -e {path}")
