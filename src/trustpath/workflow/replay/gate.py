"""What a replay needs of the gate."""

from __future__ import annotations

from typing import Protocol

from trustpath.facts.edits import Edit
from trustpath.facts.proposal import CertificateEvent
from trustpath.workflow.gate.assessment import Assessment
from trustpath.workflow.vectors.run import Bench


class Gate(Protocol):
    """Assesses a change in the world that a bench holds."""

    def __call__(
        self,
        bench: Bench,
        edits: tuple[Edit, ...],
        events: tuple[CertificateEvent, ...],
        now: int,
    ) -> Assessment:
        """Return what the gate says, at an instant, of edits and certificate events together.

        The bench holds the world as it was before the change, and keeps it so.
        """
        ...
