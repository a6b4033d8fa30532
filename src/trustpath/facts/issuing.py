"""The contract of connectors that obtain certificates: order, prove, finalize, fetch, revoke.

The shape is that of ACME (RFC 8555), the richest there is. A back end without authorizations
answers ``begin`` with an order that is ready, and the rest of the way is the same.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Protocol, runtime_checkable

from trustpath.base.errors import SourceError
from trustpath.facts.source import Context


class RateLimitedError(SourceError):
    """The CA asks to come back later; nothing was issued. ``retry_at``: when, where it says so."""

    retry_at: int | None = None


class RejectedError(SourceError):
    """The CA refused for good what was asked: asking the same again is useless.

    ``kind`` is the last part of the ACME problem type (``caa``, ``rejectedIdentifier``,
    ``alreadyReplaced``...), empty where there is none; ``blamed`` the names that it is about.
    """

    kind: str = ""
    blamed: tuple[str, ...] = ()


class LostOrderError(SourceError):
    """The CA does not know the order (any more): begin a new one."""


@dataclass(frozen=True, slots=True)
class IssuerSpec:
    """One entry of ``issuers`` in the estate file; ``options`` are its other keys as written.

    ``ca`` is the id of the CA under ``cas`` whose certificates it obtains.
    """

    noun: ClassVar[str] = "issuer"

    id: str
    kind: str
    ca: str
    options: Mapping[str, Any]
    folder: Path
    where: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a back end says that it can do. ``profiles`` maps names to their descriptions.

    ``renewal_info``: answers RFC 9773. ``identities`` are its CAA issuer domain names.
    ``account_required``: external account binding (RFC 8555 7.3.4). ``persist_form`` is ``plain``
    or ``hashed`` where it knows persistent validation records, ``persist_names`` the issuer
    domain names that they may carry, ``hash_prefix`` what comes before a hashed URI.
    """

    methods: tuple[str, ...] = ()
    profiles: Mapping[str, str] = field(default_factory=dict)
    renewal_info: bool = False
    identities: tuple[str, ...] = ()
    account_required: bool = False
    terms: str | None = None
    persist_form: str | None = None
    persist_names: tuple[str, ...] = ()
    hash_prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """An account at a CA: ``status`` as in AcmeAccount; ``thumbprint`` of its key (RFC 7638).

    A back end without accounts has none.
    """

    uri: str
    status: str
    thumbprint: str
    contacts: tuple[str, ...] = ()
    terms_accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """What is ordered. ``csr`` is DER, made where the key is; ``names`` are canonical.

    ``replaces`` is the certID of the predecessor (RFC 9773 4.1), sent only to a CA with ARI.
    """

    names: tuple[str, ...]
    csr: bytes
    profile: str | None = None
    replaces: str | None = None


class OrderStatus(enum.StrEnum):
    """The status of an order (RFC 8555 7.1.6)."""

    PENDING = "pending"
    READY = "ready"
    PROCESSING = "processing"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Proof:
    """One challenge of a pending authorization, with what has to be shown for it.

    ``name`` is the identifier without ``*.``; ``wildcard`` whether it was ordered with it.
    ``method`` is the challenge type. For DNS methods ``record`` is the owner name and ``value``
    the TXT text; for http-01 ``record`` is the path and ``value`` the body; for tls-alpn-01
    ``record`` is the name and ``value`` the SHA-256 of the key authorization in hex.
    """

    authorization: str
    challenge: str
    name: str
    wildcard: bool
    method: str
    token: str
    record: str
    value: str


@dataclass(frozen=True, slots=True)
class Order:
    """An order as the CA shows it. ``proofs`` holds every challenge of what is still pending.

    ``problem`` is the CA's own text for an order that is invalid, with the names that it blames in
    ``blamed``; ``problem_kind`` the last part of its problem type. ``retry_after``: seconds to
    wait before the next look, where the CA says so. ``authorizations``, ``finalize`` and
    ``certificate`` are URLs for the connector, empty where it has not met them yet.
    """

    url: str
    status: OrderStatus
    names: tuple[str, ...]
    proofs: tuple[Proof, ...] = ()
    expires: int | None = None
    problem: str = ""
    problem_kind: str = ""
    blamed: tuple[str, ...] = ()
    retry_after: int | None = None
    authorizations: tuple[str, ...] = ()
    finalize: str = ""
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """A certificate as the CA delivers it: DER, leaf first, then its issuers, without the root."""

    certificates: tuple[bytes, ...]
    url: str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """The CA's suggested time of renewal (RFC 9773 4.2); ``retry_after``: seconds to wait."""

    starts: int
    ends: int
    explanation: str | None = None
    retry_after: int | None = None


class Issuer(Protocol):
    """A connector that obtains certificates. Every method may raise SourceError.

    Nothing here waits: the caller looks again. Private keys of certificates never come here.
    """

    @property
    def spec(self) -> IssuerSpec:
        """The description that this issuer was built from."""
        ...

    def offer(self) -> Offer:
        """Return what the back end can do."""
        ...

    def account(self) -> Account | None:
        """Return the account that orders are made with, None where the back end has none.

        Raises EstateError, naming the command that makes one, where its key is not there.
        """
        ...

    def begin(self, request: Request) -> Order:
        """Place an order; raises RateLimitedError or RejectedError."""
        ...

    def look(self, url: str) -> Order:
        """Return an order as it is now; raises LostOrderError."""
        ...

    def show(self, proof: Proof) -> None:
        """Tell the CA that what a challenge asks for is in place."""
        ...

    def finalize(self, order: Order, csr: bytes) -> Order:
        """Hand the CSR in for an order that is ready."""
        ...

    def fetch(self, order: Order) -> Chain:
        """Return the certificate of a valid order, with the chain that the estate prefers.

        ``chain`` of the options names it by the common name or SHA-256 of its topmost
        certificate's issuer (RFC 8555 7.4.2); the CA's default otherwise.
        """
        ...

    def window(self, certificate: bytes) -> Window | None:
        """Return the suggested renewal window of a certificate (DER), None where there is none."""
        ...

    def revoke(self, certificate: bytes, reason: int) -> bool:
        """Revoke a certificate (DER) by reason code (RFC 5280 5.3.1); False: it was already."""
        ...

    def abandon(self, authorizations: Sequence[str]) -> None:
        """Deactivate authorizations (RFC 8555 7.5.2), so that they are not reused."""
        ...


@runtime_checkable
class Accounts(Protocol):
    """What an issuer with accounts can do with them; the account's key stays in its file."""

    def register(self, *, agree: bool) -> Account:
        """Make the key (mode 0600) unless it is there, and register or find its account."""
        ...

    def roll(self) -> Account:
        """Give the account a new key (RFC 8555 7.3.5); the old one is kept until the CA agreed."""
        ...

    def successor(self) -> str:
        """Make the key that ``roll`` will take, unless it is there; return its thumbprint."""
        ...

    def deactivate(self) -> Account:
        """Deactivate the account for good (RFC 8555 7.3.6)."""
        ...


class IssuerFactory(Protocol):
    """How the composition root makes an issuer of one kind; raises EstateError on bad options."""

    def __call__(self, spec: IssuerSpec, context: Context) -> Issuer:
        """Build the issuer without touching the outside."""
        ...
