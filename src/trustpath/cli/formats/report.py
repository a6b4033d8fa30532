"""The report of a check in any format."""

from __future__ import annotations

from trustpath.cli.formats.document import as_document, finding_document
from trustpath.cli.formats.rows import write_csv, write_json
from trustpath.cli.options import Format
from trustpath.workflow.check import Report


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


def _csv(report: Report) -> None:
    columns = (
        "id",
        "rule",
        "title",
        "subject",
        "status",
        "tier",
        "owner",
        "missing",
        "evidence",
        "remediation",
    )
    rows = []
    for finding in report.findings:
        document = finding_document(finding, report)
        document["evidence"] = "; ".join(f"{k}={v}" for k, v in document["evidence"].items())
        rows.append(document)
    write_csv(columns, rows)
