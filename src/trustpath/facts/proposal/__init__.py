"""What somebody proposes, as it was handed in, and what it comes to in the present state."""

from trustpath.facts.proposal.content import ZoneContent, content_of, diff, pack
from trustpath.facts.proposal.event import EVENT_KINDS, FINAL_KINDS, CertificateEvent, come_last
from trustpath.facts.proposal.merged import merged
from trustpath.facts.proposal.present import Changes, HeldZone, Present
from trustpath.facts.proposal.resolve import resolve
from trustpath.facts.proposal.submission import (
    Action,
    Operation,
    Prerequisite,
    Submission,
    ZoneVersion,
    combined,
)

__all__ = [
    "EVENT_KINDS",
    "FINAL_KINDS",
    "Action",
    "CertificateEvent",
    "Changes",
    "HeldZone",
    "Operation",
    "Prerequisite",
    "Present",
    "Submission",
    "ZoneContent",
    "ZoneVersion",
    "combined",
    "come_last",
    "content_of",
    "diff",
    "merged",
    "pack",
    "resolve",
]
