"""Everything that is connected for commands on certificates of one estate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from trustpath.facts.change import Change
from trustpath.facts.issuing import Issuer
from trustpath.workflow.certificate.events import EventCarrier
from trustpath.workflow.certificate.ports import Ports
from trustpath.workflow.certificate.revoke import Revoker
from trustpath.workflow.change.office import Office


@dataclass(frozen=True, slots=True)
class CertificateOffice:
    """An estate's changes, what carries its certificates, and how facts are collected again.

    ``issuers`` are all of the estate by id, whether a job uses them or not. ``filed`` finds changes
    by their origin.
    """

    changes: Office
    ports: Ports
    carry_out: EventCarrier
    issuers: Mapping[str, Issuer]
    renew_facts: Callable[[], None]
    close: Callable[[], None]
    filed: Callable[[str], Sequence[Change]]
    revoker: Revoker
