"""Doing the same to several changes in one command: a row for each, one failure stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import typer

from trustpath.base.errors import InputError, TrustpathError, UsageError
from trustpath.cli.options import Format

if TYPE_CHECKING:  # loading them costs more than showing the help may
    from trustpath.facts.change import Change
    from trustpath.workflow.change.apply import StoppedError
    from trustpath.workflow.change.decide import Stand

COLUMNS = ("id", "state", "about", "missing", "problem")
_ERROR, _DENIED, _HELD = 1, 3, 4


def about(change: Change) -> str:
    """Return in a line what a change is about: its events, else its records."""
    events = [f"{event.kind} {', '.join(event.names) or event.job}" for event in change.plan.events]
    records = [f"{edit.name or '.'} {edit.type}" for edit in change.plan.edits]
    said = [*events, *records]
    more = f" and {len(said) - 3} more" if len(said) > 3 else ""
    return "; ".join(said[:3]) + more


def chosen(
    named: list[str] | None, *, every: bool, meant: Callable[[], Iterable[str]]
) -> list[str]:
    """Return what was named, or all that is meant; raises InputError unless it is one of both."""
    if named and every:
        raise InputError("ids and --all exclude each other", where="--all", hint="leave one out")
    if not named and not every:
        raise UsageError("nothing is named to do this for", hint="name ids or jobs, or give --all")
    return list(meant()) if every else list(dict.fromkeys(named or ()))


def each(wanted: Iterable[str], act: Callable[[str], Stand], how: Format, done: str) -> None:
    """Do an act for each id or job, show a row for each, and exit with the worst that happened.

    ``done`` is the state in which nothing lacks any more.
    """
    from trustpath.cli.formats import counted, show_rows
    from trustpath.workflow.change.apply import StoppedError

    rows: list[dict[str, object]] = []
    codes = {0}
    for one in wanted:
        try:
            stand = act(one)
        except TrustpathError as error:
            codes.add(_ERROR if not isinstance(error, StoppedError) else _stopped(error))
            rows.append({"id": one, "state": "", "about": "", "missing": [], "problem": str(error)})
            continue
        change = stand.change
        codes.add(0 if change.state.value == done else code_of(change))
        rows.append(
            {
                "id": change.id,
                "state": change.state.value,
                "about": about(change),
                "missing": list(stand.missing),
                "problem": "; ".join((*stand.held, *stand.remarks))
                or str(change.outcome.get("why", "")),
            }
        )
    show_rows("trustpath/several/1", counted(len(rows), "change"), COLUMNS, rows, how)
    worst = next(code for code in (_ERROR, _DENIED, _HELD, 0) if code in codes)
    if worst:
        raise typer.Exit(worst)


def code_of(change: Change) -> int:
    """Return the exit code of how a change ended: the same for one as for several."""
    from trustpath.facts.change import State
    from trustpath.workflow.change.state import OPEN

    if change.state is State.ROLLED_BACK or (change.state in OPEN and change.verdict == "deny"):
        return _DENIED
    if change.state in (State.PROPOSED, State.HELD, State.APPLYING, State.VERIFYING):
        return _HELD
    return 0 if change.state is State.APPLIED else _ERROR


def _stopped(error: StoppedError) -> int:
    return _DENIED if error.denied else _HELD
