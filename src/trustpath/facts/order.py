"""An issuance as it is kept: what was intended, ordered, issued, put to use and proven."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from trustpath.base import names


class IssuanceState(enum.StrEnum):
    """Where an issuance is; ``workflow.certificate.state`` says what may follow what."""

    REGISTERED = "registered"
    """The intent is in the ledger; the CA has not heard of it."""
    ORDERED = "ordered"
    PROVING = "proving"
    """The CA was told that the answers to its challenges are in place."""
    FINALIZING = "finalizing"
    ISSUED = "issued"
    """The certificate is here and is what was intended; nothing serves it yet."""
    DEPLOYED = "deployed"
    """It is at its place of use; that it is served has not been seen everywhere yet."""
    VERIFIED = "verified"
    ADOPTED = "adopted"
    """It was obtained by other means, and no endpoint was seen to serve it."""
    HELD = "held"
    """It was stopped before the CA heard of it: a fact forbids it, or is not known."""
    FAILED = "failed"
    SUPERSEDED = "superseded"
    """A later issuance of the job is verified."""
    REVOKED = "revoked"


UNDER_WAY = frozenset(
    (
        IssuanceState.REGISTERED,
        IssuanceState.ORDERED,
        IssuanceState.PROVING,
        IssuanceState.FINALIZING,
        IssuanceState.ISSUED,
        IssuanceState.DEPLOYED,
    )
)
"""Begun and not ended: whoever comes by takes it on from there."""

IN_USE = frozenset(
    (
        IssuanceState.ISSUED,
        IssuanceState.DEPLOYED,
        IssuanceState.VERIFIED,
        IssuanceState.ADOPTED,
    )
)
"""There is a certificate that nothing has taken the place of."""


@dataclass(frozen=True, slots=True)
class SeenWindow:
    """A suggested time of renewal (RFC 9773 4.2) as it was fetched.

    ``former_starts`` is that of the window before it was moved, None while it never was;
    ``retry_after`` seconds to wait before asking again. ``ahead``: this window, or one before it,
    lay ahead when it was seen, so that one that is past now is news. ``ask_at``: not to be asked
    for before, as the CA said when it gave no answer.
    """

    starts: int
    ends: int
    fetched_at: int
    retry_after: int | None = None
    former_starts: int | None = None
    ahead: bool = False
    ask_at: int | None = None


@dataclass(frozen=True, slots=True)
class Issuance:
    """One certificate from intent to end; it is the intent, registered before the order.

    ``issuer`` is an id of the estate, ``ca`` the CA behind it, ``account`` a URI. ``spki`` is the
    SHA-256 of the public key in hex. ``change`` is the change that consented to it, None for a
    renewal that deviates in nothing. ``replaces`` is the fingerprint of the predecessor. ``url`` is
    that of the order at the CA, ``challenge`` the change that published the answers to its DNS
    challenges and has not withdrawn them yet. ``chain`` is PEM, leaf first. ``basis`` are the
    facts at issue (``workflow.certificate.decide``). ``problem`` is why it is not further.
    ``adopted`` says that it was obtained by other means and taken over. Instants are seconds since
    1970; ``revocation_reason`` is a reason word of RFC 5280 5.3.1. ``confirmed_at``: since when the
    places that the certificate names say that it is revoked. ``abandoned_at``: when the
    authorizations behind it were deactivated, so that no CA reuses them. ``window`` is the CA's
    last answer on when to renew, None where there is none.
    """

    id: str
    job: str
    issuer: str
    ca: str
    method: str
    names: tuple[str, ...]
    spki: str
    state: IssuanceState
    created_at: int
    updated_at: int
    account: str | None = None
    profile: str | None = None
    change: str | None = None
    replaces: str | None = None
    url: str = ""
    challenge: str | None = None
    chain: str = ""
    fingerprint: str | None = None
    not_before: int | None = None
    not_after: int | None = None
    basis: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    attempts: int = 0
    adopted: bool = False
    registered_at: int | None = None
    issued_at: int | None = None
    deployed_at: int | None = None
    verified_at: int | None = None
    revoked_at: int | None = None
    revocation_reason: str | None = None
    confirmed_at: int | None = None
    abandoned_at: int | None = None
    window: SeenWindow | None = None

    def awaits_confirmation(self, now: int) -> bool:
        """Say whether it was revoked, still in force else, and no place was seen to say so."""
        revoked = self.state is IssuanceState.REVOKED and self.confirmed_at is None
        return revoked and (self.not_after is None or self.not_after >= now)

    def concerns(self, hosts: Collection[str]) -> bool:
        """Say whether it is for one of some hosts, by its names without their stars."""
        return any(names.base(name) in hosts for name in self.names)


def issuance_from(document: Mapping[str, Any]) -> Issuance:
    """Return the issuance of which ``facts.change.plain`` made this document."""
    return Issuance(
        **{
            **document,
            "names": tuple(document["names"]),
            "state": IssuanceState(document["state"]),
            "window": SeenWindow(**seen) if (seen := document.get("window")) else None,
        }
    )
