"""The report of a check in any format."""

from __future__ import annotations

from typing import Any

from trustpath.base.clock import format_instant
from trustpath.cli.formats.rows import write_csv, write_json
from trustpath.cli.options import Format
from trustpath.facts.part import Grade
from trustpath.rules.judge import Finding
from trustpath.workflow.check import Report

SCHEMA = "trustpath/check/1"
_INSTANTS = frozenset(
    ("not_after", "not_before", "observed_at", "until", "deploy_at", "expiration", "retired_at", "logged_at",
     "attested_at", "first_seen", "next_renewal", "opened", "fetched_at", "window_end", "renewal_at", "ends",
     "starts", "verified_at", "due", "expires", "path_not_after", "announced_at", "gone_at", "ended_at")
)  # fmt: skip


def show_report(report: Report, organisation: str, how: Format, *, verbose: bool) -> None:
    """Print a report."""
    if how is Format.JSON:
        write_json(as_document(report))
    elif how is Format.SARIF:
        from trustpath.cli.formats.sarif import as_sarif

        write_json(as_sarif(report))
    elif how is Format.CSV:
        _csv(report)
    else:
        from trustpath.cli.formats.report_table import print_report

        print_report(report, organisation, verbose=verbose)


def as_document(report: Report) -> dict[str, Any]:
    """Return the JSON document ``trustpath/check/1`` of a report."""
    return {
        "schema": SCHEMA,
        "now": format_instant(report.now),
        "as_of": format_instant(report.as_of),
        "counts": dict(report.counts),
        "coverage": {
            source.source: {
                "kind": source.kind,
                "grade": None if source.grade is None else Grade(source.grade).name.lower(),
                "observed_at": None if source.observed_at is None else format_instant(source.observed_at),
                "coverage": source.coverage,
                "fresh": source.fresh,
                "parts": source.parts,
                "errors": [
                    {"message": p.message, "where": p.where, "hint": p.hint} for p in source.errors
                ],
            }
            for source in report.coverage
        },
        "summary": dict(report.summary),
        "findings": [finding_document(finding, report) for finding in report.findings],
    }


def finding_document(finding: Finding, report: Report) -> dict[str, Any]:
    """Return the JSON object of one finding."""
    rule = finding.rule
    document: dict[str, Any] = {
        "id": finding.id,
        "rule": rule.id,
        "title": rule.title,
        "subject": finding.subject,
        "status": finding.status.word,
        "tier": finding.tier,
        "owner": finding.owner,
        "evidence": evidence_of(finding),
        "remediation": rule.remediation,
        "references": {"source": rule.source, "csf": list(rule.csf), "nhi": list(rule.nhi)},
    }
    if finding.missing:
        document["missing"] = finding.missing
    waived = report.waived.get(finding.id)
    if waived:
        document["exception"] = {
            "id": waived.id,
            "owner": waived.owner,
            "reason": waived.reason,
            "until": format_instant(waived.until),
        }
    return document


def evidence_of(finding: Finding) -> dict[str, Any]:
    """Return the evidence with instants written as timestamps."""
    return {
        name: format_instant(value)
        if isinstance(value, int) and not isinstance(value, bool) and name in _INSTANTS
        else value
        for name, value in finding.evidence.items()
    }


def _csv(report: Report) -> None:
    columns = ("id", "rule", "title", "subject", "status", "tier", "owner", "missing", "evidence", "remediation")
    rows = []
    for finding in report.findings:
        document = finding_document(finding, report)
        document["evidence"] = "; ".join(f"{k}={v}" for k, v in document["evidence"].items())
        rows.append(document)
    write_csv(columns, rows)
