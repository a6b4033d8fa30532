"""What one connection gave: plain values between the wire and the rows."""

from __future__ import annotations

from dataclasses import dataclass

from trustpath.connectors.endpoints.options import Target

SERVED = "served"
TIMEOUT = "timeout"
REFUSED = "refused"
UNREACHABLE = "unreachable"
NO_TLS = "no-tls"
ALERT = "alert"
FAILED = "failed"
NOT_ALLOWED = "not-allowed"


class ProbeError(Exception):
    """A connection that ends without a complete handshake: the outcome and the reason."""

    def __init__(self, outcome: str, reason: str) -> None:
        self.outcome = outcome
        self.reason = reason
        super().__init__(f"{outcome}: {reason}")


@dataclass(frozen=True, slots=True)
class Session:
    """What a handshake showed.

    ``chain`` is the served chain as DER in served order, ``stapled`` the DER of an OCSP response
    (RFC 6066 section 8) or None. ``authenticated`` is True once the server has proved that it
    holds the leaf's key.
    """

    chain: tuple[bytes, ...]
    stapled: bytes | None
    tls_version: str | None
    key_group: str | None
    authenticated: bool


@dataclass(frozen=True, slots=True)
class Observation:
    """The outcome of one connection to one target with one server name.

    ``tried`` is False when the connection was left out because the ones before it all stalled.
    """

    target: Target
    server_name: str
    outcome: str
    reason: str | None
    session: Session | None = None
    tried: bool = True
