"""Plan: what a proposal would do, told before anything is done; nothing is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trustpath.facts.part import Part, Problem
from trustpath.facts.proposal import Submission
from trustpath.facts.proposal.resolve import resolve
from trustpath.facts.relations.presentation import Presentation
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
    looked at first; where nothing was seen is among the problems. Raises InputError where the
    submission does not fit the present state.
    """
    terms = replace(session.terms, consented=consented, accept_unknown=accept_unknown)
    unseen = probe(session, submission, prober) if prober is not None else ()
    with session.gating() as snapshot:
        said = assess(snapshot, submission, terms)
    return replace(said, problems=(*said.problems, *unseen))


def probe(session: Session, submission: Submission, prober: Prober) -> tuple[Problem, ...]:
    """Look at the addresses that a submission leads names to; returns where nothing was seen.

    What was seen counts as evidence of a source of its own, for an hour.
    """
    with session.gating() as snapshot:
        found = resolve(submission, snapshot, session.terms.whole)
        delta = delta_of(submission.events, snapshot)
        wanted = places(snapshot.case(found.edits, delta, found.mended))
    unseen: list[Problem] = []
    if wanted:
        with session.memory.recorder(PROBE_SOURCE, "endpoints", session.clock.now()) as writer:
            for seen in prober(wanted):
                part = replace(seen, facts=tuple(seen.facts))
                unseen += _unseen(part)
                writer.write(part)
            writer.finish()
    return tuple(unseen)


def _unseen(part: Part) -> Iterator[Problem]:
    hint = next((problem.hint for problem in part.problems), "")
    for row in part.facts:
        if isinstance(row, Presentation) and row.outcome != "served":
            why = row.reason or row.outcome
            yield Problem(f"no certificate was seen for {row.server_name}: {why}", part.name, hint)
