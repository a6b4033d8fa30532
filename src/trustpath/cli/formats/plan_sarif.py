"""The impact of a plan as SARIF 2.1.0: what would get worse, as results of a code scan."""

from __future__ import annotations

from typing import Any

from trustpath.base.canonical import digest
from trustpath.cli.formats.plan_places import location, place_of
from trustpath.cli.formats.plan_words import found_words, step, when
from trustpath.cli.formats.safe import sarif
from trustpath.cli.formats.sarif import LEVEL, log
from trustpath.facts.proposal import Submission
from trustpath.rules.status import Status
from trustpath.workflow.gate.assessment import Assessment, Impact


def as_sarif(said: Assessment, submission: Submission) -> dict[str, Any]:
    """Return a SARIF log with one run; the verdict stands in its properties."""
    found = (*said.impact, *said.unknown)
    titles = dict(sorted({impact.rule: impact.title for impact in found}.items()))
    index = {rule: place for place, rule in enumerate(titles)}
    return log(
        [
            {"id": rule, "name": title, "shortDescription": {"text": title}}
            for rule, title in titles.items()
        ],
        [
            _result(impact, index, location(impact.subject, place_of(impact, said, submission)))
            for impact in found
        ],
        properties={"verdict": said.verdict.word, "digest": said.digest},
    )


def _result(impact: Impact, index: dict[str, int], at: dict[str, Any]) -> dict[str, Any]:
    text = f"{found_words(impact)} ({step(impact)}, {when(impact)})"
    return {
        "ruleId": impact.rule,
        "ruleIndex": index[impact.rule],
        "level": LEVEL[impact.after],
        "kind": "review" if impact.after is Status.UNKNOWN else "fail",
        "message": {"text": sarif(text)},
        "locations": [at],
        "partialFingerprints": {
            "trustpath/v1": digest([impact.rule, impact.subject, impact.at is None])[:16]
        },
        "properties": {"status": impact.after.word, "tier": impact.tier, "owner": impact.owner},
    }
