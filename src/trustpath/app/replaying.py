"""The gate over the world of a bench, for replays."""

from __future__ import annotations

from dataclasses import dataclass

from trustpath.app.benches import StoreBench
from trustpath.base.errors import StoreError
from trustpath.facts.edits import Edit
from trustpath.facts.proposal import CertificateEvent
from trustpath.rules.catalogue import Catalogue
from trustpath.workflow.gate.assess import assess_edits
from trustpath.workflow.gate.assessment import Assessment
from trustpath.workflow.gate.ports import NEEDS
from trustpath.workflow.gate.terms import Terms
from trustpath.workflow.vectors.run import Bench


@dataclass(frozen=True, slots=True)
class BenchGate:
    """Judges changes in the world that a bench holds, by the rules that gate them."""

    catalogue: Catalogue

    def __call__(
        self,
        bench: Bench,
        edits: tuple[Edit, ...],
        events: tuple[CertificateEvent, ...],
        now: int,
    ) -> Assessment:
        """Judge edits and certificate events as of an instant; the bench keeps its world."""
        if not isinstance(bench, StoreBench):
            raise StoreError("this bench holds no world to judge changes in")
        with bench.gating(now, self.catalogue.gating, NEEDS) as snapshot:
            return assess_edits(snapshot, edits, events, Terms(self.catalogue.version))
