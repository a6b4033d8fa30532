"""The gate over a session, as changes ask it."""

from __future__ import annotations

from dataclasses import dataclass

from trustpath.facts.proposal import Submission
from trustpath.workflow.gate.assess import assess
from trustpath.workflow.gate.assessment import Assessment
from trustpath.workflow.session import Session


@dataclass(frozen=True, slots=True)
class SessionGate:
    """Judges submissions by the facts that the session collected."""

    session: Session

    def refresh(self) -> None:
        """Collect the facts again."""
        for _ in self.session.collect():
            pass

    def assess(self, submission: Submission) -> Assessment:
        """Judge a submission; raises InputError where it does not fit the present state."""
        with self.session.gating() as snapshot:
            return assess(snapshot, submission, self.session.terms)
