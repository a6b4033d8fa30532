"""A plan for people at a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from trustpath.base.clock import format_instant
from trustpath.cli.formats.console import STYLE, console
from trustpath.cli.formats.plan_words import (
    NOTHING_JUDGED,
    duration,
    event_words,
    found_words,
    powers,
    sides,
    step,
    when,
    who,
)
from trustpath.cli.formats.safe import one_line
from trustpath.workflow.gate.assessment import Assessment, Impact

_VERDICT = {
    "allow": "bold green",
    "warn": "bold yellow",
    "hold": "bold magenta",
    "deny": "bold red",
}
_SIGN = {"+": "green", "-": "red", "~": "yellow"}
SHOWN = 60


def print_table(said: Assessment) -> None:
    """Print verdict, changes, impact, consents, waits and the way back."""
    out = console(highlight=False)
    out.print(f"[{_VERDICT[said.verdict.word]}]{said.verdict.word}[/]  {_safe(said.origin)}")
    for reason in said.reasons:
        out.print(f"  {_safe(reason)}")
    out.print()
    _changes(out, said)
    _impact(out, "impact", said.impact)
    _impact(out, "not known, which holds the change", said.unknown)
    _listed(out, "powers over issuance", powers(said))
    _listed(
        out,
        "approvals",
        [f"{a.role}: {who(a)}  {a.reason}" for a in said.approvals],
    )
    _listed(
        out, "waits", [f"{duration(w.seconds)} after {w.after}: {w.reason}" for w in said.waits]
    )
    _listed(out, "neutral", [f"{n.change}: {n.why}" for n in said.neutral])
    _listed(out, "remarks", [str(problem) for problem in said.problems])
    back = said.rollback
    until = "" if back.safe_until is None else f", safe until {format_instant(back.safe_until)}"
    because = f": {back.reason}" if back.reason else ""
    out.print(f"rollback  {back.verdict.word}{until}{_safe(because)}")
    out.print(f"digest    {said.digest}")


def _safe(text: str) -> str:
    return escape(one_line(text))


def _changes(out: Console, said: Assessment) -> None:
    lines = [
        f"[{_SIGN[sign]}]{sign} {_safe(text)}[/]"
        + (f"  [dim]{item.flags}[/]" if item.flags else "")
        for item in said.edits
        for sign, text in sides(item.edit)
    ]
    lines += [f"[blue]* {_safe(event_words(event))}[/]" for event in said.events]
    for line in lines[:SHOWN]:
        out.print(line, soft_wrap=True)
    _more(out, lines)
    if not lines:
        unsaid = bool(said.problems)
        out.print(NOTHING_JUDGED if unsaid else "nothing changes")
    out.print()


def _impact(out: Console, title: str, found: Sequence[Impact]) -> None:
    if not found:
        return
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    for column in ("rule", "status", "when", "what", "owner"):
        table.add_column(column, overflow="fold")
    for impact in found[:SHOWN]:
        table.add_row(
            impact.rule,
            f"[{STYLE[impact.after]}]{step(impact)}[/]",
            when(impact),
            _safe(found_words(impact)),
            _safe(impact.owner or "-"),
        )
    out.print(table)
    _more(out, found)
    out.print()


def _listed(out: Console, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    out.print(f"[bold]{title}[/]")
    for line in lines[:SHOWN]:
        out.print(f"  {_safe(line)}", soft_wrap=True)
    _more(out, lines)
    out.print()


def _more(out: Console, items: Sequence[object]) -> None:
    if len(items) > SHOWN:
        out.print(f"  and {len(items) - SHOWN} more; --format json has them all")
