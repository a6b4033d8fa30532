"""The gate over a session, as changes ask it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from trustpath.base.errors import InputError
from trustpath.facts.change import NOBODY, Said
from trustpath.facts.proposal import Submission
from trustpath.facts.proposal.resolve import resolve
from trustpath.workflow.gate.assess import assess_edits
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

    def assess(self, submission: Submission, said: Said = NOBODY) -> Assessment:
        """Judge a submission; the verdict leaves consents aside, which changes count themselves.

        Raises InputError where it does not fit the present state, and where a part of it cannot be
        judged: what is kept and applied later is the edits, so nothing else may be in it.
        """
        terms = replace(self.session.terms, consented=True)
        with self.session.gating() as snapshot:
            found = resolve(submission, snapshot, terms.whole)
            if found.problems:
                raise InputError(
                    f"{len(found.problems)} parts of the input cannot be judged",
                    where=submission.origin,
                    hint="; ".join(map(str, found.problems[:3])),
                )
            return assess_edits(
                snapshot,
                found.edits,
                submission.events,
                terms,
                origin=submission.origin,
                remarks=found.remarks,
                prerequisites=found.prerequisites,
                said=said,
                mended=found.mended,
            )
