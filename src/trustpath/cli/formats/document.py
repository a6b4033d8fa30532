"""The report of a check as a JSON document, and the pieces that other formats share."""

from __future__ import annotations

from typing import Any

from trustpath.base.clock import format_instant
from trustpath.facts.part import Grade
from trustpath.rules.judge import Finding
from trustpath.rules.value import exact
from trustpath.workflow.check import Report

SCHEMA = "trustpath/check/1"


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
                "observed_at": None
                if source.observed_at is None
                else format_instant(source.observed_at),
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
        "unlisted": dict(report.unlisted),
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
    return {name: shown(name, value) for name, value in finding.evidence.items()}


def shown(name: str, value: Any) -> Any:
    """Return a value as documents carry it: an instant as a timestamp, everything else as it is."""
    return exact(name, value)
