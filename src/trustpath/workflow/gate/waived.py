"""What a valid exception allows: it stands in the gate as it does in a check."""

from __future__ import annotations

from collections.abc import Iterable

from trustpath.facts import schema
from trustpath.facts.part import Problem
from trustpath.rules.status import Status
from trustpath.workflow.gate.assessment import Impact
from trustpath.workflow.gate.ports import Snapshot


def without_waived(
    found: Iterable[Impact], snapshot: Snapshot
) -> tuple[list[Impact], tuple[Problem, ...]]:
    """Return what no exception allows, and a remark for each that one does.

    An exception counts that has an owner, and an end that is not before the instant at which the
    impact shows. What is not known cannot be excepted.
    """
    kept: list[Impact] = []
    remarks: dict[Problem, None] = {}
    for impact in found:
        waiver = None if impact.after <= Status.UNKNOWN else _waiver(impact, snapshot)
        if waiver is None:
            kept.append(impact)
        else:
            remarks[
                Problem(f"{impact.rule} {impact.subject} stands under the exception {waiver}")
            ] = None
    return kept, tuple(remarks)


def _waiver(impact: Impact, snapshot: Snapshot) -> str | None:
    """Return the id of the exception that allows an impact."""
    at = schema.BY_NAME["waiver"].at
    moment = snapshot.now if impact.at is None else impact.at
    for row in snapshot.rows("waiver", "rule", impact.rule):
        until = row[at("until")]
        if row[at("owner")] is None or not isinstance(until, int) or until < moment:
            continue
        if row[at("subject")] in (None, impact.subject):
            return str(row[at("id")])
    return None
