"""Every command and option of the command line is documented."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from trustpath.app.application import TrustpathApplication
from trustpath.cli import build

PAGE = (Path(__file__).parent.parent.parent / "docs" / "cli.md").read_text()


def walk(command: Any) -> Iterator[Any]:
    """Yield a command and everything below it."""
    yield command
    for child in getattr(command, "commands", {}).values():
        yield from walk(child)


def test_every_command_and_option_is_on_the_page() -> None:
    """A command without documentation does not exist for its users."""
    commands = list(walk(typer.main.get_command(build(TrustpathApplication()))))
    assert len(commands) > 10
    for command in commands:
        assert str(command.name) in PAGE
        for parameter in command.params:
            for option in (*parameter.opts, *parameter.secondary_opts):
                if option.startswith("--"):
                    assert f"`{option}`" in PAGE, f"{command.name} {option}"
