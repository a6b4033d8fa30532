"""The contract of what asks whether a certificate is revoked, and the words for why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

REASONS: Final[dict[str, int]] = {
    "unspecified": 0,
    "keyCompromise": 1,
    "affiliationChanged": 3,
    "superseded": 4,
    "cessationOfOperation": 5,
    "privilegeWithdrawn": 9,
}
"""Reason words of RFC 5280 5.3.1 that a subscriber may give, and their codes."""

COMPROMISED: Final = "keyCompromise"
"""The reason that waits for no replacement, and that concerns everything with the same key."""


@dataclass(frozen=True, slots=True)
class RevocationAnswer:
    """What one place says. ``kind`` is ``crl`` or ``ocsp``; ``revoked`` None: it does not tell.

    ``at`` is the instant of revocation, ``produced`` when the place said so, ``reason`` its word.
    ``problem`` says why it does not tell.
    """

    kind: str
    url: str
    revoked: bool | None
    at: int | None = None
    produced: int | None = None
    reason: str | None = None
    problem: str = ""


class RevocationAsker(Protocol):
    """Asks the places that a certificate names (RFC 5280 4.2.1.13, RFC 6960)."""

    def __call__(self, certificate: bytes, issuer: bytes | None, /) -> tuple[RevocationAnswer, ...]:
        """Return an answer for each place, none where the certificate names no place; DER in.

        Without an issuer it is looked for among the trust anchors of the estate.
        """
        ...
