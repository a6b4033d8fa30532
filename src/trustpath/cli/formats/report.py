"""The report of a check in any format."""

from __future__ import annotations

from collections.abc import Iterable

from trustpath.cli.formats.document import as_document, cause_document
from trustpath.cli.formats.page import Page
from trustpath.cli.formats.rows import stream_json, write_csv
from trustpath.cli.options import Format
from trustpath.workflow.cause import Cause, causes
from trustpath.workflow.check import Report

_COLUMNS = (
    "id",
    "rule",
    "title",
    "sentence",
    "subject",
    "count",
    "status",
    "tier",
    "owner",
    "missing",
    "evidence",
    "remediation",
)
_EVERYTHING = Page()


def show_report(
    report: Report, organisation: str, how: Format, *, verbose: bool, page: Page = _EVERYTHING
) -> None:
    """Print a report; ``verbose``: every finding, not one entry for those with one cause."""
    found = causes(report, each=verbose)
    shown = page.of(found)
    if how is Format.JSON:
        stream_json(
            lambda items: as_document(report, items, len(found)), map(cause_document, shown)
        )
    elif how is Format.SARIF:
        from trustpath.cli.formats.sarif import print_sarif

        print_sarif(list(shown))
    elif how is Format.CSV:
        _csv(shown)
    else:
        from trustpath.cli.formats.report_table import print_report

        print_report(report, organisation, list(shown), verbose=verbose, left=len(found))


def _csv(shown: Iterable[Cause]) -> None:
    def row(cause: Cause) -> dict[str, object]:
        document = cause_document(cause)
        document["evidence"] = "; ".join(f"{k}={v}" for k, v in document["evidence"].items())
        return document

    write_csv(_COLUMNS, map(row, shown))
