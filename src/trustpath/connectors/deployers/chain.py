"""Certificates of a place: DER chains, leaf first, to PEM and back, and what they are judged by."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from trustpath.base.clock import format_instant
from trustpath.base.errors import InputError
from trustpath.connectors.deployers.content import Content
from trustpath.connectors.deployers.key import PrivateKey
from trustpath.facts.deploying import Deployed
from trustpath.facts.x509.describe import raw_spki


@dataclass(frozen=True, slots=True)
class Held:
    """A key with its chain as files hold them; ``key`` None where it cannot be read."""

    key: PrivateKey | None
    deployed: Deployed
    not_after: int

    @property
    def paired(self) -> bool:
        """Say whether key and leaf belong together, as far as the key can be read."""
        return self.key is None or self.key.spki == self.deployed.spki


def leaf_of(chain: Sequence[bytes]) -> x509.Certificate:
    """Return the leaf of a DER chain; raises InputError where a piece is no certificate."""
    if not chain:
        raise InputError("the chain is empty")
    try:
        certificates = [x509.load_der_x509_certificate(one) for one in chain]
    except ValueError as error:
        raise InputError("a piece of the chain is no certificate") from error
    return certificates[0]


def describe(chain: Sequence[bytes], key: PrivateKey | None = None) -> Held:
    """Return what a DER chain says of itself, beside its key; raises InputError."""
    leaf = leaf_of(chain)
    deployed = Deployed(
        fingerprint=hashlib.sha256(chain[0]).hexdigest(),
        spki=hashlib.sha256(raw_spki(leaf)).hexdigest(),
        chain=tuple(chain),
    )
    return Held(key, deployed, int(leaf.not_valid_after_utc.timestamp()))


def to_pem(chain: Sequence[bytes]) -> bytes:
    """Return a DER chain as PEM, one certificate after the other."""
    return b"".join(x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in chain)


def from_pem(content: Content) -> tuple[bytes, ...]:
    """Return the certificates in PEM text as DER, empty where there are none that can be read."""
    try:
        found = x509.load_pem_x509_certificates(content.octets)
    except ValueError:
        return ()
    return tuple(one.public_bytes(Encoding.DER) for one in found)


def check_usable(held: Held, now: int, revoked: Container[str], where: str) -> None:
    """Raise InputError where a certificate must not come (back) into use."""
    way = "stay with what is in use, or issue a new one"
    if held.not_after <= now:
        expired = format_instant(held.not_after)
        raise InputError(f"the certificate expired at {expired}", where=where, hint=way)
    if held.deployed.fingerprint in revoked:
        raise InputError("the certificate is revoked", where=where, hint=way)
    if not held.paired:
        raise InputError("key and certificate do not belong together", where=where, hint=way)
