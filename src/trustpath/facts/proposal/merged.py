"""Two halves of one proposal: records of one input, certificate events of another."""

from __future__ import annotations

from dataclasses import replace

from trustpath.facts.proposal.submission import Submission


def merged(records: Submission, events: Submission) -> Submission:
    """Return one submission of both, so that both are judged, filed and consented to as one."""
    return replace(
        records,
        origin=f"{records.origin} with {events.origin}",
        events=(*records.events, *events.events),
        problems=(*records.problems, *events.problems),
        remarks=(*records.remarks, *events.remarks),
    )
