"""The report for people: grouped causes first, unknowns by what would decide them, then sources."""

from __future__ import annotations

from collections import Counter, defaultdict

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from trustpath.base.clock import format_instant
from trustpath.cli.formats.console import STYLE
from trustpath.cli.formats.console import console as make_console
from trustpath.cli.formats.document import evidence_of
from trustpath.facts.part import Grade
from trustpath.rules.judge import Finding
from trustpath.rules.status import Status
from trustpath.workflow.check import Report

_DECIDES = {
    "zones": "hold the zone (zonefile, octodns, axfr)",
    "resolution": "connect a source of live answers (resolve)",
    "endpoints": "connect a source of endpoints",
    "certificates": "connect a source of certificates",
    "ct": "connect a source of certificate transparency",
    "ownership": "declare who owns it (ownership, owners)",
    "services": "declare the service (services)",
    "jobs": "declare the renewal job (jobs)",
    "accounts": "declare the CA's account (cas.accounts)",
    "revocation": "connect CRLs, or endpoints that staple OCSP",
    "history": "keep a store, so that time can tell",
    "policy": "state the policy (tiers)",
    "roots": "name the roots (trust_roots, private_roots)",
    "changes": "record the change (changes)",
    "complete": "claim which sources are all there is (complete)",
    "declaration": "declare it in the estate file",
}
SHOWN = 4


def print_report(report: Report, organisation: str, *, verbose: bool) -> None:
    """Print the report; ``verbose`` lists every finding instead of groups."""
    console = make_console()
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items() if number)
    console.print(
        f"[bold]{escape(organisation)}[/bold] as of {format_instant(report.as_of)}"
        f" judged for {format_instant(report.now)}: {counts or 'nothing collected'}"
    )
    failing = [f for f in report.findings if f.status > Status.UNKNOWN]
    if verbose:
        _every(console, report, list(report.findings))
    else:
        _groups(console, report, failing)
        _unknowns(console, report)
    _sources(console, report)
    console.print("  ".join(_total(report)))


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


def _evidence(finding: Finding) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {value}" for name, value in evidence_of(finding).items()
    )


def _every(console: Console, report: Report, findings: list[Finding]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("status", "rule", "subject", "owner", "evidence"):
        table.add_column(column, overflow="fold", no_wrap=column in ("status", "rule"))
    for finding in findings:
        mark = " (exception)" if finding.id in report.waived else ""
        table.add_row(
            f"[{STYLE[finding.status]}]{finding.status.word}[/]{mark}",
            finding.rule.id,
            escape(finding.subject),
            escape(finding.owner or "-"),
            escape(_evidence(finding) if not finding.missing else f"missing: {finding.missing}"),
        )
    console.print(table)


def _groups(console: Console, report: Report, findings: list[Finding]) -> None:
    grouped: dict[tuple[int, str, str | None], list[Finding]] = defaultdict(list)
    for finding in findings:
        if finding.id not in report.waived:
            grouped[(-finding.status, finding.rule.id, finding.owner)].append(finding)
    if not grouped:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("status", no_wrap=True)
    table.add_column("rule", no_wrap=True)
    table.add_column("what stands", overflow="fold")
    table.add_column("owner", overflow="fold")
    for (_, _, owner), same in sorted(
        grouped.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] or "")
    ):
        first = same[0]
        lines = [f"[bold]{escape(first.rule.title)}[/bold]"]
        for finding in same[:SHOWN]:
            evidence = _evidence(finding)
            lines.append(
                escape(finding.subject) + (f" [dim]{escape(evidence)}[/dim]" if evidence else "")
            )
        if len(same) > SHOWN:
            more = f"and {len(same) - SHOWN} more (trustpath check --rule {first.rule.id} -v)"
            lines.append(f"[dim]{more}[/dim]")
        lines.append(f"[green]{escape(first.rule.remediation)}[/green]")
        table.add_row(
            f"[{STYLE[first.status]}]{first.status.word}[/]",
            first.rule.id,
            "\n".join(lines),
            escape(owner or "-"),
        )
        table.add_section()
    console.print(table)


def _unknowns(console: Console, report: Report) -> None:
    unknown = [f for f in report.findings if f.status is Status.UNKNOWN]
    if not unknown:
        return
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for finding in unknown:
        kinds[finding.missing or "declaration"][finding.rule.id] += 1
    kind_of = {finding.rule.id: finding.missing or "declaration" for finding in unknown}
    for rule_id, number in report.unlisted.items():
        kinds[kind_of.get(rule_id, "declaration")][rule_id] += number
    table = Table(
        title="Not known, and what would decide it",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("how many", justify="right")
    table.add_column("to know them")
    table.add_column("rules", overflow="fold")
    for kind, by_rule in sorted(kinds.items(), key=lambda item: -item[1].total()):
        rules = ", ".join(f"{rule} ({number})" for rule, number in by_rule.most_common(8))
        more = f" and {len(by_rule) - 8} more" if len(by_rule) > 8 else ""
        table.add_row(str(by_rule.total()), escape(_DECIDES.get(kind, kind)), rules + more)
    console.print(table)


def _sources(console: Console, report: Report) -> None:
    table = Table(title="Sources", title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in ("source", "kind", "grade", "observed", "coverage", "parts", "problems"):
        table.add_column(column, overflow="fold", no_wrap=column not in ("source", "problems"))
    for source in report.coverage:
        problems = [escape(str(problem)) for problem in source.errors[:SHOWN]]
        if len(source.errors) > SHOWN:
            problems.append(f"and {len(source.errors) - SHOWN} more")
        state = source.coverage if source.fresh or source.observed_at is None else "stale"
        table.add_row(
            escape(source.source),
            source.kind,
            "-" if source.grade is None else Grade(source.grade).name.lower(),
            "-" if source.observed_at is None else format_instant(source.observed_at),
            state if state == "full" else f"[yellow]{state}[/yellow]",
            str(source.parts),
            "\n".join(problems),
        )
    if report.coverage:
        console.print(table)
