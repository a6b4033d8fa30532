"""The console that tables go to."""

from __future__ import annotations

import sys

from rich.console import Console

from trustpath.rules.status import Status

PIPED_WIDTH = 132
STYLE = {
    Status.CRITICAL: "bold red",
    Status.HIGH: "red",
    Status.MEDIUM: "yellow",
    Status.LOW: "cyan",
    Status.UNKNOWN: "magenta",
    Status.PASS: "green",
}
"""How a status looks wherever it is shown."""


def console(*, highlight: bool = True) -> Console:
    """Return a console as wide as the terminal; a pipe or a file gets a fixed width.

    ``highlight``: numbers and names in text are coloured.
    """
    width = None if sys.stdout.isatty() else PIPED_WIDTH
    return Console(width=width, highlight=highlight)
