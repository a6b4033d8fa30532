"""The report of a check as a JSON document, and the pieces that other formats share."""

from __future__ import annotations

from typing import Any

from trustpath.base.clock import format_instant
from trustpath.facts.part import Grade, Problem
from trustpath.rules.judge import Finding
from trustpath.rules.value import exact
from trustpath.workflow.cause import Cause
from trustpath.workflow.check import Report, SourceCoverage

SCHEMA = "trustpath/check/1"
EXAMPLES = 10
"""Subjects of a cause that are named; the count says how many there are."""


def as_document(report: Report, findings: Any, entries: int) -> dict[str, Any]:
    """Return the JSON document ``trustpath/check/1`` of a report.

    ``findings`` is put where the list of entries belongs; ``entries`` is how many there are in all.
    """
    return {
        "schema": SCHEMA,
        "now": format_instant(report.now),
        "as_of": format_instant(report.as_of),
        "counts": dict(report.counts),
        "coverage": {source.source: _coverage(source) for source in report.coverage},
        "summary": dict(report.summary),
        "unlisted": dict(report.unlisted),
        "entries": entries,
        "findings": findings,
    }


def _coverage(source: SourceCoverage) -> dict[str, Any]:
    observed = source.observed_at
    return {
        "kind": source.kind,
        "grade": None if source.grade is None else Grade(source.grade).name.lower(),
        "observed_at": None if observed is None else format_instant(observed),
        "coverage": source.coverage,
        "fresh": source.fresh,
        "parts": source.parts,
        "errors": [_problem(error) for error in source.errors],
        "remarks": [_problem(remark) for remark in source.remarks],
    }


def _problem(problem: Problem) -> dict[str, str]:
    return {"message": problem.message, "where": problem.where, "hint": problem.hint}


def cause_document(cause: Cause) -> dict[str, Any]:
    """Return the JSON object of findings with one cause: the first, how many, and who owns them."""
    rule, first = cause.rule, cause.first
    document: dict[str, Any] = {
        "id": cause.id,
        "rule": rule.id,
        "title": rule.title,
        "sentence": cause.sentence,
        "subject": first.subject,
        "status": cause.status.word,
        "tier": first.tier,
        "owner": first.owner,
        "count": cause.count,
        "evidence": evidence_of(first),
        "remediation": rule.remediation,
        "references": {"source": rule.source, "csf": list(rule.csf), "nhi": list(rule.nhi)},
    }
    if cause.count > 1:
        document["cause"] = cause.name
        document["owners"] = list(cause.owners)
        document["subjects"] = [finding.subject for finding in cause.findings[:EXAMPLES]]
    if first.missing:
        document["missing"] = first.missing
        document["decides"] = first.decides
    waived = cause.waived
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
    return {name: exact(name, value) for name, value in finding.evidence.items()}
