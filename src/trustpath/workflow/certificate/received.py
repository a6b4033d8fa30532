"""Whether the certificate that came is the one that was intended: pure."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trustpath.base import names
from trustpath.base.errors import InputError, NameSyntaxError

SKEW = 3600
"""Seconds by which the clocks of CA and host may differ."""


@dataclass(frozen=True, slots=True)
class Received:
    """What a leaf says: SHA-256 of its DER and of its SPKI in hex, names, instants, whole chain."""

    fingerprint: str
    spki: str
    names: tuple[str, ...]
    not_before: int
    not_after: int
    faults: tuple[str, ...]

    @property
    def lifetime(self) -> int:
        """Return seconds from the first instant to the last, both counted (BR 6.3.2)."""
        return self.not_after - self.not_before + 1


def read(chain: Sequence[bytes], wanted: Sequence[str], spki: str, now: int) -> Received:
    """Return what came, with everything in which it is not what was intended.

    Raises InputError for a chain that cannot be read at all.
    """
    try:
        parsed = [x509.load_der_x509_certificate(der) for der in chain]
        leaf = parsed[0]
        key = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        held = tuple(sorted(_names(leaf)))
    except (ValueError, IndexError, UnsupportedAlgorithm) as error:
        raise InputError("what the CA delivered is no certificate", where="chain") from error
    found = Received(
        fingerprint=hashlib.sha256(chain[0]).hexdigest(),
        spki=hashlib.sha256(key).hexdigest(),
        names=held,
        not_before=int(leaf.not_valid_before_utc.timestamp()),
        not_after=int(leaf.not_valid_after_utc.timestamp()),
        faults=(),
    )
    faults = (*_unlike(found, wanted, spki, now), *_broken(parsed))
    return Received(found.fingerprint, found.spki, held, found.not_before, found.not_after, faults)


def _names(leaf: x509.Certificate) -> Iterator[str]:
    try:
        listed = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return
    for entry in listed:
        if isinstance(entry, x509.DNSName):
            yield _name(entry.value)
        elif isinstance(entry, x509.IPAddress):
            yield str(entry.value)
        else:
            yield f"{type(entry).__name__}:{entry.value}"


def _name(text: str) -> str:
    try:
        return names.identifier(text)
    except NameSyntaxError:
        # Whatever it says after unescaping, no relying party takes it for the name wanted.
        return f"DNSName:{text}"


def _unlike(found: Received, wanted: Sequence[str], spki: str, now: int) -> Iterator[str]:
    if found.spki != spki:
        yield "it is for another key"
    if set(found.names) != set(wanted):
        yield f"it is for {', '.join(found.names) or 'no names'}, not for {', '.join(wanted)}"
    if found.not_before > now + SKEW:
        yield "it is not valid yet"
    if found.not_after <= now:
        yield "it has expired"


def _broken(chain: Sequence[x509.Certificate]) -> Iterator[str]:
    if len(chain) == 1 and chain[0].issuer != chain[0].subject:
        # A root that issues by itself delivers nothing more: trust stores have it.
        return
    for lower, upper in itertools.pairwise(chain):
        try:
            lower.verify_directly_issued_by(upper)
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            yield f"{lower.subject.rfc4514_string() or 'the leaf'} is not signed by the next one"
