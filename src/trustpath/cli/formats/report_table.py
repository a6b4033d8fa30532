"""The report for people: one line a cause, unknowns by what would decide them, then sources.

Lines are never wrapped here: a terminal does that, and a pipe gets whole names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from trustpath.base.clock import format_instant
from trustpath.cli.formats.console import STYLE
from trustpath.cli.formats.console import console as make_console
from trustpath.cli.formats.safe import one_line
from trustpath.facts.part import Grade
from trustpath.rules.status import Status
from trustpath.workflow.cause import Cause
from trustpath.workflow.check import Report
from trustpath.workflow.connect import SNIPPETS

SHOWN = 4
LINES = 60
"""How many lines of causes the summary aims at; each rule has one at least."""


def print_report(
    report: Report, organisation: str, causes: Sequence[Cause], *, verbose: bool, left: int
) -> None:
    """Print the report; ``verbose`` lists every cause. ``left`` is how many there are in all."""
    console = make_console(highlight=False)
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items() if number)
    _line(
        console,
        f"[bold]{escape(organisation)}[/bold] as of {format_instant(report.as_of)}"
        f" judged for {format_instant(report.now)}: {counts or 'nothing collected'}",
    )
    if verbose:
        _every(console, causes)
    else:
        open_ = [c for c in causes if c.status > Status.UNKNOWN and c.waived is None]
        _rules(console, open_)
        _unknowns(console, [c for c in causes if c.status is Status.UNKNOWN])
    if len(causes) < left:
        _line(console, f"[dim]{len(causes)} of {left} entries; --page has the others[/]")
    _sources(console, report)
    _line(console, "  ".join(_total(report)))


def _line(console: Console, text: str = "") -> None:
    console.print(text, soft_wrap=True)


def _safe(text: str) -> str:
    return escape(one_line(text))


def _total(report: Report) -> list[str]:
    pieces = []
    for status in sorted(Status, reverse=True):
        number = report.summary.get(status.word, 0)
        pieces.append(
            f"[{STYLE[status]}]{number} {status.word}[/]" if number else f"0 {status.word}"
        )
    if report.waived:
        pieces.append(f"{len(report.waived)} under exception")
    return pieces


def _owners(owners: Sequence[str]) -> str:
    if not owners:
        return ""
    more = f" and {len(owners) - SHOWN} more" if len(owners) > SHOWN else ""
    return f" [dim]({_safe(', '.join(owners[:SHOWN]))}{more})[/]"


def _every(console: Console, causes: Sequence[Cause]) -> None:
    _line(console)
    for cause in causes:
        mark = " (exception)" if cause.waived else ""
        first = cause.first
        missing = f"; to know it: {first.decides}" if first.missing else ""
        _line(
            console,
            f"[{STYLE[cause.status]}]{cause.status.word:8}[/]{mark}  {first.rule.id:10}  "
            f"{_safe(cause.sentence + missing)}{_owners(cause.owners)}",
        )
    _line(console)


def _rules(console: Console, causes: Sequence[Cause]) -> None:
    """Print what does not hold, rule by rule; a rule with one entry takes a line less."""
    grouped: dict[tuple[Status, str], list[Cause]] = defaultdict(list)
    for cause in causes:
        grouped[cause.status, cause.rule.id].append(cause)
    fits = max(1, min(SHOWN, LINES // len(grouped) - 3)) if grouped else 0
    before: Status | None = None
    for (status, rule), found in grouped.items():
        if status is not before:
            _line(console)
        before = status
        head = f"[{STYLE[status]}]{status.word:8}[/]  {rule:10}  "
        if len(found) == 1:
            _line(console, f"{head}{_said(found[0])}")
        else:
            number = sum(cause.count for cause in found)
            _line(console, f"{head}[bold]{escape(found[0].rule.title)}[/bold] [dim]({number})[/]")
            _examples(console, rule, found, fits)
        _line(console, f"{'':10}[green]To do: {escape(found[0].rule.remediation)}[/]")
    _line(console)


def _examples(console: Console, rule: str, found: Sequence[Cause], fits: int) -> None:
    # A line that says "and 1 more" is better spent on that one.
    shown = found if len(found) == fits + 1 else found[:fits]
    for cause in shown:
        _line(console, f"{'':10}{_said(cause)}")
    if len(shown) < len(found):
        left = sum(cause.count for cause in found[len(shown) :])
        more = f"and {left} more (trustpath check --rule {rule} -v)"
        _line(console, f"{'':10}[dim]{more}[/]")


def _said(cause: Cause) -> str:
    return f"{_safe(cause.sentence)}{_owners(cause.owners)}"


def _unknowns(console: Console, causes: Sequence[Cause]) -> None:
    """Print what is not known by what would decide it, what could be worst first."""
    kinds: dict[str, list[Cause]] = defaultdict(list)
    for cause in causes:
        kinds[cause.first.decides].append(cause)
    if not kinds:
        return
    _line(console, "[bold]Not known, and what would decide it[/]")
    ordered = sorted(kinds.items(), key=lambda item: (-_worst(item[1]), -_number(item[1])))
    for place, (decides, found) in enumerate(ordered):
        by_rule = Counter({cause.rule.id: 0 for cause in found})
        for cause in found:
            by_rule[cause.rule.id] += cause.count
        rules = ", ".join(f"{rule} ({number})" for rule, number in by_rule.most_common(SHOWN))
        more = f" and {len(by_rule) - SHOWN} more" if len(by_rule) > SHOWN else ""
        worst = _worst(found)
        _line(
            console,
            f"{_number(found):>7}  [{STYLE[worst]}]up to {worst.word:8}[/]  {_safe(decides)}"
            f"  [dim]{rules}{more}[/]",
        )
        _named(console, found)
        if place == 0:
            _model(console, found)
    _line(console)


def _named(console: Console, causes: Sequence[Cause]) -> None:
    """Print the largest causes that rules name, and the first subject in a sentence."""
    by_rule: dict[str, list[Cause]] = defaultdict(list)
    for cause in causes:
        if cause.is_named:
            by_rule[cause.rule.id].append(cause)
    for rule, found in sorted(by_rule.items(), key=lambda item: -_worst(item[1])):
        found.sort(key=lambda cause: -cause.count)
        listed = ", ".join(f"{cause.name} ({cause.count})" for cause in found[:SHOWN])
        left = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        _line(console, f"{'':9}{rule}  [dim]{_safe(listed)}{left}[/]")
        _line(console, f"{'':11}{_safe(found[0].first.sentence)}")


def _worst(causes: Sequence[Cause]) -> Status:
    return max(cause.risk for cause in causes)


def _number(causes: Sequence[Cause]) -> int:
    return sum(cause.count for cause in causes)


def _model(console: Console, causes: Sequence[Cause]) -> None:
    kind = causes[0].first.missing or ""
    if kind in SNIPPETS:
        _line(console, f"{'':9}in the estate file, with your own names:")
        for line in SNIPPETS[kind].splitlines():
            _line(console, f"{'':11}[cyan]{escape(line)}[/]")


def _sources(console: Console, report: Report) -> None:
    if not report.coverage:
        return
    _line(console, "[bold]Sources[/]")
    width = max(len(source.source) for source in report.coverage)
    for source in report.coverage:
        state = source.coverage if source.fresh or source.observed_at is None else "stale"
        grade = "no evidence" if source.grade is None else Grade(source.grade).name.lower()
        seen = "never" if source.observed_at is None else format_instant(source.observed_at)
        shown = state if state == "full" else f"[yellow]{state}[/]"
        _line(
            console,
            f"  {_safe(source.source):{width}}  {source.kind}, {grade}, {seen}, {shown},"
            f" {source.parts} part{'' if source.parts == 1 else 's'}",
        )
        for problem in source.errors[:SHOWN]:
            _line(console, f"    [yellow]{_safe(str(problem))}[/]")
        if len(source.errors) > SHOWN:
            _line(console, f"    and {len(source.errors) - SHOWN} more problems")
        for remark in source.remarks[:SHOWN]:
            _line(console, f"    remark: {_safe(str(remark))}")
        if len(source.remarks) > SHOWN:
            _line(console, f"    and {len(source.remarks) - SHOWN} more remarks")
    _line(console)
