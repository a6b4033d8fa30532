"""Plan: what a proposal would do, told before anything is done; nothing is kept."""

from __future__ import annotations

from dataclasses import replace

from trustpath.facts.proposal import Submission
from trustpath.facts.proposal.resolve import resolve
from trustpath.workflow.gate.assess import assess
from trustpath.workflow.gate.assessment import Assessment
from trustpath.workflow.gate.events import delta_of
from trustpath.workflow.gate.probe import Prober, places
from trustpath.workflow.session import PROBE_SOURCE, Session


def plan(
    session: Session,
    submission: Submission,
    *,
    consented: bool = False,
    accept_unknown: bool = False,
    prober: Prober | None = None,
) -> Assessment:
    """Judge a submission against what the session collected.

    ``consented``: approvals are taken elsewhere and hold nothing. ``accept_unknown``: evidence
    gaps are shown and hold nothing. With a ``prober`` the addresses that names are newly led to are
    looked at first. Raises InputError where the submission does not fit the present state.
    """
    terms = replace(session.terms, consented=consented, accept_unknown=accept_unknown)
    if prober is not None:
        probe(session, submission, prober)
    with session.gating() as snapshot:
        return assess(snapshot, submission, terms)


def probe(session: Session, submission: Submission, prober: Prober) -> int:
    """Look at the addresses that a submission leads names to; returns how many places there were.

    What was seen counts as evidence of a source of its own, for an hour.
    """
    with session.gating() as snapshot:
        edits = resolve(submission, snapshot).edits
        wanted = places(snapshot.case(edits, delta_of(submission.events, snapshot)))
    if wanted:
        with session.memory.recorder(PROBE_SOURCE, "endpoints", session.clock.now()) as writer:
            for part in prober(wanted):
                writer.write(part)
            writer.finish()
    return len(wanted)
