"""A replay as a document, for every face."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from trustpath.base.clock import format_instant
from trustpath.workflow.replay.outcome import CAUGHT, MISSED, UNCOVERED, Answered, Firing, Outcome

SCHEMA = "trustpath/replay/1"


def document(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return ``trustpath/replay/1``: a summary and one entry an incident."""
    words = Counter(outcome.word for outcome in outcomes)
    answers = [one for outcome in outcomes for one in (*outcome.answers, *outcome.twin_answers)]
    return {
        "schema": SCHEMA,
        "summary": {
            **{word: words[word] for word in (CAUGHT, MISSED, UNCOVERED)},
            "false_alarms": sum(len(outcome.alarms) for outcome in outcomes),
            "changes": len(answers),
            "bypassed": sum(one.bypass is not None for one in answers),
            "asked": sum(one.said is not None for one in answers),
        },
        "incidents": [_entry(outcome) for outcome in outcomes],
    }


def _entry(outcome: Outcome) -> dict[str, Any]:
    incident, first = outcome.incident, outcome.first
    damage = incident.damage
    return {
        "id": incident.id,
        "title": incident.title,
        "when": incident.when,
        "outcome": outcome.word,
        "first": None if first is None else _firing(first),
        "damage_at": None if damage is None else format_instant(damage),
        "lead_seconds": outcome.lead,
        "sooner_seconds": outcome.sooner,
        "fired": [_firing(one) for one in outcome.firings],
        "gate": [_answer(one) for one in outcome.answers],
        "twin": {
            "title": incident.twin.title if incident.twin else None,
            "gate": [_answer(one) for one in outcome.twin_answers],
            "false_alarms": list(outcome.alarms),
        },
        "problems": list(outcome.problems),
        "gap": incident.gap or None,
        "reason": incident.uncovered or None,
    }


def _firing(one: Firing) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "subject": one.subject,
        "status": one.status.word,
        "at": format_instant(one.at),
    }


def _answer(one: Answered) -> dict[str, Any]:
    return {
        "at": format_instant(one.at),
        "change": one.what,
        "bypass": one.bypass,
        "expected": one.expected.word if one.expected is not None else None,
        "verdict": one.said.word if one.said is not None else None,
    }
