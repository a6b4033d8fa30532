"""A plan as a comment on a pull request: GitHub and GitLab flavoured Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from trustpath.base.clock import format_instant
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
from trustpath.cli.formats.safe import markdown, one_line
from trustpath.workflow.gate.assessment import Assessment, Impact

MARK = "<!-- trustpath plan -->"
"""The first line, by which a recipe finds its own comment again."""

SHOWN = 40
LARGEST = 60_000
"""Characters of a comment; code hosts refuse 65,536."""
_SAYS = {
    "allow": "Trustpath: allow",
    "warn": "Trustpath: allow, with warnings",
    "hold": "Trustpath: hold",
    "deny": "Trustpath: deny",
}


def as_markdown(said: Assessment) -> str:
    """Return the comment; text from records and files is escaped, so that it cannot mark up."""
    lines = [MARK, f"## {_SAYS[said.verdict.word]}", ""]
    lines += [f"- {markdown(reason)}" for reason in said.reasons]
    lines += ["", *_changes(said)]
    lines += _table("Impact", said.impact)
    lines += _table("Not known, which holds the change", said.unknown)
    lines += _listed("Powers over issuance", powers(said))
    lines += _listed(
        "Approvals",
        [f"{a.role}: {who(a)} ({a.reason})" for a in said.approvals],
    )
    lines += _listed(
        "Waits", [f"{duration(w.seconds)} after {w.after}: {w.reason}" for w in said.waits]
    )
    lines += _listed("Without impact", [f"{n.change}: {n.why}" for n in said.neutral])
    lines += _listed("Remarks", [str(problem) for problem in said.problems])
    back = said.rollback
    until = "" if back.safe_until is None else f", safe until {format_instant(back.safe_until)}"
    because = f": {markdown(back.reason)}" if back.reason else ""
    lines += [f"Rollback: {back.verdict.word}{until}{because}", ""]
    lines += [f"<sub>plan {said.digest[:16]}, {markdown(said.origin)}</sub>"]
    return "\n".join(_within(lines))


def _within(lines: Sequence[str]) -> list[str]:
    """Leave out the last parts of a comment that would be refused as too long."""
    size = 0
    for number, line in enumerate(lines):
        size += len(line) + 1
        if size > LARGEST:
            return [*lines[:number], "", "The rest is left out here; the JSON has it."]
    return list(lines)


def _changes(said: Assessment) -> list[str]:
    lines = [f"{sign} {text}" for item in said.edits for sign, text in sides(item.edit)]
    lines += [f"* {event_words(event)}" for event in said.events]
    if not lines:
        unsaid = bool(said.problems)
        return [f"{NOTHING_JUDGED.capitalize()}." if unsaid else "Nothing changes.", ""]
    shown = [one_line(line).replace("```", "'''") for line in lines[:SHOWN]]
    if len(lines) > SHOWN:
        shown.append(f"# and {len(lines) - SHOWN} more")
    return ["```diff", *shown, "```", ""]


def _table(title: str, found: Sequence[Impact]) -> list[str]:
    if not found:
        return []
    lines = [f"### {title}", "", "| rule | status | when | what | owner |"]
    lines.append("|---|---|---|---|---|")
    for impact in found[:SHOWN]:
        what = found_words(impact)
        cells = (impact.rule, step(impact), when(impact), what, impact.owner or "-")
        lines.append("| " + " | ".join(markdown(cell) for cell in cells) + " |")
    if len(found) > SHOWN:
        lines.append(f"\n{len(found) - SHOWN} more are in the JSON.")
    return [*lines, ""]


def _listed(title: str, found: Iterable[str]) -> list[str]:
    items = list(found)
    if not items:
        return []
    lines = [f"- {markdown(item)}" for item in items[:SHOWN]]
    if len(items) > SHOWN:
        lines.append(f"- and {len(items) - SHOWN} more")
    return [f"### {title}", "", *lines, ""]
