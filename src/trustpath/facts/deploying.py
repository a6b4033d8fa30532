"""The contract of connectors that keep keys where they are used, and put certificates there."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from trustpath.facts.source import Context


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """What kind of key a job uses and for how long.

    ``type`` is ``ec-256``, ``ec-384``, ``rsa-2048``, ``rsa-3072`` or ``rsa-4096``. ``reuse`` says
    whether a renewal keeps the key; ``max_age`` in seconds after which it must not, None: no limit.
    """

    type: str = "ec-256"
    reuse: bool = False
    max_age: int | None = None


@dataclass(frozen=True, slots=True)
class DeployerSpec:
    """One entry of ``deployers`` in the estate file; ``options`` are its other keys as written.

    A deployer is a place where a certificate and its key are used.
    """

    noun: ClassVar[str] = "deployer"

    id: str
    kind: str
    options: Mapping[str, Any]
    folder: Path
    where: str = ""


@dataclass(frozen=True, slots=True)
class PendingKey:
    """A key that was made, or is kept, for an order and is not in use yet.

    ``handle`` says which, to the deployer that made it: never the key, never a secret. ``spki`` is
    the SHA-256 of its SubjectPublicKeyInfo in hex, ``csr`` the request (PKCS #10) in DER.
    """

    handle: str
    spki: str
    csr: bytes


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a place holds: SHA-256 fingerprint of the leaf and of its public key, DER chain."""

    fingerprint: str
    spki: str
    chain: tuple[bytes, ...]


class Deployer(Protocol):
    """A connector that owns one place of use. Every method may raise SourceError or InputError.

    The private key is made there (mode 0600), stays there and is never returned.
    """

    @property
    def spec(self) -> DeployerSpec:
        """The description that this deployer was built from."""
        ...

    def prepare(
        self, order: str, names: tuple[str, ...], policy: KeyPolicy, *, reuse: bool
    ) -> PendingKey:
        """Make the key for an order, or take the one in use, and return its CSR.

        ``order`` is the id under which it can be asked for again: the same id gives the same key
        until it is settled. With ``reuse`` the key in use is taken if there is one of the policy's
        type; its ``spki`` tells. The CSR asks for the names as subjectAltName and nothing else.
        """
        ...

    def current(self) -> Deployed | None:
        """Return what is in use now, None where there is nothing yet.

        A deployment that was interrupted is taken back first.
        """
        ...

    def deploy(self, order: str, chain: tuple[bytes, ...]) -> None:
        """Put the order's key and its chain (DER, leaf first) into use, all or nothing.

        What was in use is kept for ``restore``. Refuses with InputError a leaf that is not of the
        order's key or that has expired. Doing it twice is the same as doing it once.
        """
        ...

    def previous(self, order: str) -> Deployed | None:
        """Return what ``restore`` of that order would bring back, None where that is nothing.

        So its revocation can be asked about before.
        """
        ...

    def restore(self, order: str, *, revoked: Container[str] = ()) -> Deployed | None:
        """Bring back what was in use before ``deploy`` of that order.

        None: there was nothing, and the order's certificate stays. Refuses with InputError to go
        back onto a certificate that has expired, or whose fingerprint is in ``revoked``.
        """
        ...

    def settle(self, order: str) -> None:
        """Drop what was kept for an order: the predecessor and a key that never came into use."""
        ...


class DeployerFactory(Protocol):
    """How the composition root makes a deployer of one kind; raises EstateError on bad options."""

    def __call__(self, spec: DeployerSpec, context: Context) -> Deployer:
        """Build the deployer without touching the outside."""
        ...
