"""By what a change is judged beside the facts. Sessions hold it without loading the gate."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from trustpath.facts.consent import NamePattern
from trustpath.facts.validation_names import Pattern


@dataclass(frozen=True, slots=True)
class Terms:
    """By what a change is judged beside the facts.

    ``catalogue`` is the version of the rules. ``roles`` and ``patterns`` are the estate's.
    ``within`` are the name patterns of automation that proposes; ``consented``: approvals are
    taken elsewhere (a code review, say), so missing ones hold nothing. ``accept_unknown``: evidence
    gaps are shown and hold nothing, for an estate that does not observe its endpoints. ``whole``
    are sources of which a proposed folder of zones is all there is.
    """

    catalogue: str
    roles: Mapping[str, str | None] = field(default_factory=dict)
    patterns: Sequence[Pattern] = ()
    within: Collection[NamePattern] = ()
    consented: bool = False
    accept_unknown: bool = False
    whole: frozenset[str] = frozenset()
