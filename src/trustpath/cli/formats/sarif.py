"""SARIF 2.1.0, for code hosts that show findings beside the change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trustpath import __version__
from trustpath.cli.formats import safe
from trustpath.cli.formats.document import evidence_of
from trustpath.rules.judge import Finding
from trustpath.rules.rule import Rule
from trustpath.rules.status import Status
from trustpath.workflow.check import Report

LEVEL = {
    Status.PASS: "none",
    Status.UNKNOWN: "none",  # no failure: something to review (SARIF 3.27.9)
    Status.LOW: "note",
    Status.MEDIUM: "warning",
    Status.HIGH: "error",
    Status.CRITICAL: "error",
}
# What code hosts sort by: the CVSS-like number that a result's rule carries.
_SEVERITY = {Status.LOW: "3.0", Status.MEDIUM: "5.5", Status.HIGH: "8.0", Status.CRITICAL: "9.5"}


def as_sarif(report: Report) -> dict[str, Any]:
    """Return a SARIF log with one run."""
    rules: dict[str, Rule] = {finding.rule.id: finding.rule for finding in report.findings}
    index = {rule_id: position for position, rule_id in enumerate(sorted(rules))}
    return log(
        [_rule(rules[rule_id]) for rule_id in sorted(rules)],
        [_result(finding, index, report) for finding in report.findings],
    )


def log(
    rules: Sequence[dict[str, Any]], results: Sequence[dict[str, Any]], **run: Any
) -> dict[str, Any]:
    """Return a SARIF log of one run of Trustpath; ``run`` are further properties of it."""
    driver = {"name": "Trustpath", "version": __version__, "rules": list(rules)}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": list(results), **run}],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    worst = max((s for s in rule.severity.values() if s is not None), default=Status.LOW)
    return {
        "id": rule.id,
        "name": rule.title,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.rationale or rule.title},
        "help": {"text": rule.remediation},
        "properties": {
            "security-severity": _SEVERITY[worst],
            "tags": ["security", *rule.csf, *rule.nhi],
        },
    }


def _result(finding: Finding, index: dict[str, int], report: Report) -> dict[str, Any]:
    evidence = ", ".join(f"{name}={value}" for name, value in evidence_of(finding).items())
    text = f"{finding.rule.title}: {finding.subject}" + (f" ({evidence})" if evidence else "")
    result: dict[str, Any] = {
        "ruleId": finding.rule.id,
        "ruleIndex": index[finding.rule.id],
        "level": LEVEL[finding.status],
        "kind": "review" if finding.status is Status.UNKNOWN else "fail",
        "message": {"text": safe.sarif(text)},
        "locations": [
            {"logicalLocations": [{"fullyQualifiedName": finding.subject, "kind": "resource"}]}
        ],
        "partialFingerprints": {"trustpath/v1": finding.id},
        "properties": {"status": finding.status.word, "tier": finding.tier, "owner": finding.owner},
    }
    if finding.status is Status.PASS:
        result["kind"] = "pass"
    if finding.id in report.waived:
        result["suppressions"] = [
            {"kind": "external", "justification": report.waived[finding.id].reason}
        ]
    return result
