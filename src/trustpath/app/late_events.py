"""Events of changes, connected only when the first is carried out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from trustpath.facts.change import Change
from trustpath.facts.part import Problem
from trustpath.facts.proposal import CertificateEvent

if TYPE_CHECKING:  # most changes have no events, and loading it takes long
    from trustpath.workflow.certificate.office import CertificateOffice


class LateEvents:
    """Carries out the certificate events of a change; everything is connected at the first."""

    def __init__(self, make: Callable[[], CertificateOffice]) -> None:
        self._make = make
        self._office: CertificateOffice | None = None

    def __call__(self, change: Change, event: CertificateEvent, actor: str) -> Sequence[Problem]:
        """Carry one out, or go on with it; returns what did not happen as it should."""
        return self._connected().carry_out(change, event, actor)

    def ready(self, change: Change) -> Sequence[str]:
        """Return what keeps the events of a change from being carried out now; nothing is done."""
        return self._connected().carry_out.ready(change)

    def _connected(self) -> CertificateOffice:
        if self._office is None:
            self._office = self._make()
        return self._office
