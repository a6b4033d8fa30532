"""Opening a session for a command and collecting with a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from trustpath.base.clock import parse_instant
from trustpath.cli.application import Application
from trustpath.workflow.session import Session


def opened(
    application: Application,
    estate: Path,
    *,
    now: str | None = None,
    as_of: str | None = None,
    rules: Sequence[Path] | None = None,
    collect: bool = True,
    verify: bool = False,
) -> tuple[Session, int | None]:
    """Open a session, collect unless told otherwise, and return it with the parsed ``--as-of``."""
    moment = None if as_of is None else parse_instant(as_of, where="--as-of")
    present = None if now is None else parse_instant(now, where="--now")
    collect = collect and moment is None
    if present is None and moment is not None:
        present = moment
    session = application.open(
        estate, now=present, rules=rules or (), collect=collect, verify=verify
    )
    if collect:
        _collect(session)
    return session, moment


def _collect(session: Session) -> None:
    if not sys.stderr.isatty():
        for _ in session.collect():
            pass
        return
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("collecting", total=None)
        for progress in session.collect():
            bar.update(task, description=f"collecting {progress.source}: {progress.parts} parts")
        bar.update(task, description="judging")
