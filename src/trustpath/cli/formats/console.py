"""The console that tables go to."""

from __future__ import annotations

import sys

from rich.console import Console

PIPED_WIDTH = 132


def console() -> Console:
    """Return a console as wide as the terminal; a pipe or a file gets a fixed width."""
    return Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
