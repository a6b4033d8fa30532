"""SARIF 2.1.0, for code hosts that show findings beside the change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trustpath import __version__
from trustpath.cli.formats import safe
from trustpath.cli.formats.document import EXAMPLES
from trustpath.cli.formats.rows import stream_json
from trustpath.rules.rule import Rule
from trustpath.rules.status import Status
from trustpath.workflow.cause import Cause

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


def print_sarif(causes: Sequence[Cause]) -> None:
    """Print a SARIF log with one run; the results are printed as they come."""
    rules: dict[str, Rule] = {cause.rule.id: cause.rule for cause in causes}
    index = {rule_id: position for position, rule_id in enumerate(sorted(rules))}
    stream_json(
        lambda items: log([_rule(rules[rule_id]) for rule_id in sorted(rules)], items),
        (_result(cause, index) for cause in causes),
    )


def log(rules: Sequence[dict[str, Any]], results: object, **run: Any) -> dict[str, Any]:
    """Return a SARIF log of one run of Trustpath; ``run`` are further properties of it.

    ``results`` is the list of results, or what is put where it belongs.
    """
    driver = {"name": "Trustpath", "version": __version__, "rules": list(rules)}
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results, **run}],
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


def _result(cause: Cause, index: dict[str, int]) -> dict[str, Any]:
    first, unknown = cause.first, cause.status is Status.UNKNOWN
    text = f"{cause.sentence} (missing: {first.decides})" if unknown else cause.sentence
    result: dict[str, Any] = {
        "ruleId": cause.rule.id,
        "ruleIndex": index[cause.rule.id],
        "level": LEVEL[cause.status],
        "kind": "review" if unknown else "fail",
        "message": {"text": safe.sarif(text)},
        "locations": [_location(first.subject)],
        "occurrenceCount": cause.count,
        "partialFingerprints": {"trustpath/v1": cause.id},
        "properties": {"status": cause.status.word, "tier": first.tier, "owner": first.owner},
    }
    others = [_location(finding.subject) for finding in cause.findings[1:EXAMPLES]]
    if others:
        result["relatedLocations"] = others
    if cause.status is Status.PASS:
        result["kind"] = "pass"
    if cause.waived:
        result["suppressions"] = [{"kind": "external", "justification": cause.waived.reason}]
    return result


def _location(subject: str) -> dict[str, Any]:
    return {"logicalLocations": [{"fullyQualifiedName": subject, "kind": "resource"}]}
