"""A plan as a comment on a pull request: GitHub and GitLab flavoured Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from trustpath.base.clock import format_instant
from trustpath.cli.formats.plan_words import duration, event_words, powers, sides, step, when
from trustpath.workflow.gate.assessment import Assessment, Impact

MARK = "<!-- trustpath plan -->"
"""The first line, by which a recipe finds its own comment again."""

SHOWN = 40
_SAYS = {
    "allow": "Trustpath: allow",
    "warn": "Trustpath: allow, with warnings",
    "hold": "Trustpath: hold",
    "deny": "Trustpath: deny",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~@])")


def as_markdown(said: Assessment) -> str:
    """Return the comment; text from records and files is escaped, so that it cannot mark up."""
    lines = [MARK, f"## {_SAYS[said.verdict.word]}", ""]
    lines += [f"- {_plain(reason)}" for reason in said.reasons]
    lines += ["", *_changes(said)]
    lines += _table("Impact", said.impact)
    lines += _table("Not known, which holds the change", said.unknown)
    lines += _listed("Powers over issuance", powers(said))
    lines += _listed(
        "Approvals",
        [f"{a.role}: {a.owner or 'nobody is known'} ({a.reason})" for a in said.approvals],
    )
    lines += _listed(
        "Waits", [f"{duration(w.seconds)} after {w.after}: {w.reason}" for w in said.waits]
    )
    lines += _listed("Without impact", [f"{n.change}: {n.why}" for n in said.neutral])
    lines += _listed("Remarks", [str(problem) for problem in said.problems])
    back = said.rollback
    until = "" if back.safe_until is None else f", safe until {format_instant(back.safe_until)}"
    because = f": {_plain(back.reason)}" if back.reason else ""
    lines += [f"Rollback: {back.verdict.word}{until}{because}", ""]
    lines += [f"<sub>plan {said.digest[:16]}, {_plain(said.origin)}</sub>"]
    return "\n".join(lines)


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _changes(said: Assessment) -> list[str]:
    lines = [f"{sign} {text}" for item in said.edits for sign, text in sides(item.edit)]
    lines += [f"* {event_words(event)}" for event in said.events]
    if not lines:
        return ["Nothing changes.", ""]
    shown = [" ".join(line.split()).replace("```", "'''") for line in lines[:SHOWN]]
    if len(lines) > SHOWN:
        shown.append(f"# and {len(lines) - SHOWN} more")
    return ["```diff", *shown, "```", ""]


def _table(title: str, found: Sequence[Impact]) -> list[str]:
    if not found:
        return []
    lines = [f"### {title}", "", "| rule | status | when | subject | what | owner |"]
    lines.append("|---|---|---|---|---|---|")
    for impact in found[:SHOWN]:
        what = f"{impact.title} (missing: {impact.missing})" if impact.missing else impact.title
        cells = (impact.rule, step(impact), when(impact), impact.subject, what, impact.owner or "-")
        lines.append("| " + " | ".join(_plain(cell) for cell in cells) + " |")
    if len(found) > SHOWN:
        lines.append(f"\n{len(found) - SHOWN} more are in the JSON.")
    return [*lines, ""]


def _listed(title: str, found: Iterable[str]) -> list[str]:
    items = list(found)
    if not items:
        return []
    lines = [f"- {_plain(item)}" for item in items[:SHOWN]]
    if len(items) > SHOWN:
        lines.append(f"- and {len(items) - SHOWN} more")
    return [f"### {title}", "", *lines, ""]
