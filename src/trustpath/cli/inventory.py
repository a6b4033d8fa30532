"""Not yet."""
from __future__ import annotations
import typer
from trustpath.cli.application import Application
def register(tree: typer.Typer, application: Application) -> None:
    """Add the command to the tree."""
