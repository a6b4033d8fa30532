"""What somebody proposes, as it was handed in: before it is compared with the present state."""

from trustpath.facts.proposal.event import EVENT_KINDS, CertificateEvent
from trustpath.facts.proposal.submission import (
    Action,
    Operation,
    Prerequisite,
    Submission,
    ZoneVersion,
)

__all__ = [
    "EVENT_KINDS",
    "Action",
    "CertificateEvent",
    "Operation",
    "Prerequisite",
    "Submission",
    "ZoneVersion",
]
