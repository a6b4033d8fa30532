"""An assessment as plain data: the document ``trustpath/plan/1``."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from trustpath.base.clock import format_instant
from trustpath.facts.edits import Edit, RecordSet
from trustpath.facts.part import Problem
from trustpath.facts.proposal import CertificateEvent
from trustpath.workflow.gate.assessment import Assessment, Impact

SCHEMA = "trustpath/plan/1"


def json_schema() -> str:
    """Return the published JSON Schema (2020-12) of the document."""
    return files("trustpath.workflow.gate").joinpath("plan.schema.json").read_text("utf-8")


def document(said: Assessment) -> dict[str, Any]:
    """Return the document of an assessment; its keys stay, new ones may come."""
    return {
        "schema": SCHEMA,
        "verdict": said.verdict.word,
        "tier": said.tier,
        "reasons": list(said.reasons),
        "digest": said.digest,
        "basis": said.basis,
        "now": format_instant(said.now),
        "origin": said.origin,
        "changes": [
            *(_edit(item.edit, item.flags) for item in said.edits),
            *(_event(event) for event in said.events),
        ],
        "impact": [_impact(impact) for impact in said.impact],
        "unknown": [_impact(impact) for impact in said.unknown],
        "surface": [
            {
                "name": power.name,
                "method": power.method,
                "control": power.control,
                "type": power.type,
                "outside": power.outside,
                "change": "gained" if power.gained else "lost",
                "ca": power.ca,
            }
            for power in said.surface
        ],
        "approvals": [
            {"role": needed.role, "owner": needed.owner, "reason": needed.reason}
            for needed in said.approvals
        ],
        "waits": [
            {
                "after": wait.after,
                "seconds": wait.seconds,
                "reason": wait.reason,
                "before": wait.before,
            }
            for wait in said.waits
        ],
        "rollback": {
            "changes": [_edit(edit) for edit in said.rollback.edits],
            "verdict": said.rollback.verdict.word,
            "safe_until": _instant(said.rollback.safe_until),
            "reason": said.rollback.reason,
        },
        "neutral": [{"change": item.change, "why": item.why} for item in said.neutral],
        "problems": [_problem(problem) for problem in said.problems],
    }


def _edit(edit: Edit, flags: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "zone": edit.zone,
        "name": edit.name,
        "type": edit.type,
        "action": edit.action,
        "before": _content(edit.before),
        "after": _content(edit.after),
    }
    return found if flags is None else found | {"flags": flags}


def _content(content: RecordSet | None) -> dict[str, Any] | None:
    return None if content is None else {"ttl": content.ttl, "records": list(content.rdatas)}


def _event(event: CertificateEvent) -> dict[str, Any]:
    given = {
        "event": event.id,
        "kind": event.kind,
        "names": list(event.names),
        "certificate": event.certificate,
        "job": event.job,
        "service": event.service,
        "ca": event.ca,
        "account": event.account,
        "method": event.method,
        "spki": event.spki,
        "reason": event.reason,
        "at": _instant(event.at),
        "by": event.by,
    }
    return {key: value for key, value in given.items() if value not in (None, [])}


def _impact(impact: Impact) -> dict[str, Any]:
    return {
        "rule": impact.rule,
        "title": impact.title,
        "sentence": impact.sentence,
        "subject": impact.subject,
        "before": None if impact.before is None else impact.before.word,
        "after": impact.after.word,
        "at": "now" if impact.at is None else format_instant(impact.at),
        "tier": impact.tier,
        "owner": impact.owner,
        "evidence": dict(impact.evidence),
        "missing": impact.missing,
        "decides": impact.decides,
    }


def _problem(problem: Problem) -> dict[str, str]:
    return {"message": problem.message, "where": problem.where, "hint": problem.hint}


def _instant(at: int | None) -> str | None:
    return None if at is None else format_instant(at)
