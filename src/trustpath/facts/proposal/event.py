"""A certificate event: something that is to happen on the certificate side (standards G.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

EVENT_KINDS = (
    "issue",
    "renew",
    "rekey",
    "add-names",
    "remove-names",
    "change-ca",
    "change-account",
    "change-key",
    "revoke",
    "retire",
)

FINAL_KINDS = frozenset(("revoke", "retire"))
"""Kinds that cannot be taken back: beside records they come last, after what they end."""


def come_last(
    edits: Sequence[Any], events: Sequence[CertificateEvent]
) -> tuple[CertificateEvent, ...]:
    """Return the events that come after everything, as last steps; none without records."""
    return tuple(event for event in events if edits and event.kind in FINAL_KINDS)


@dataclass(frozen=True, slots=True)
class CertificateEvent:
    """One planned event; ``id`` names it in messages and findings.

    ``certificate`` is a SHA-256 fingerprint in hex, ``job`` and ``service`` ids of the estate:
    which of them are needed depends on ``kind``. ``names`` are canonical: all names for ``issue``,
    those that come or go for ``add-names`` and ``remove-names``. ``ca`` is an id of the estate,
    ``account`` a URI, ``method`` as in Job. ``spki`` is the SHA-256 of the new key in hex where
    it is known. ``reason`` is a reason word of RFC 5280 5.3.1 for ``revoke``, and what moved
    since the last issue for a renewal. ``at`` is the planned instant, None for now. ``by`` is the
    tool whose plan it comes from and that carries it out; None: we do.
    """

    id: str
    kind: str
    names: tuple[str, ...] = ()
    certificate: str | None = None
    job: str | None = None
    service: str | None = None
    ca: str | None = None
    account: str | None = None
    method: str | None = None
    spki: str | None = None
    reason: str | None = None
    at: int | None = None
    where: str = ""
    by: str | None = None
