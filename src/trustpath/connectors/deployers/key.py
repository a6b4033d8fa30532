"""Private keys: made, read back, asked for their public half, and never shown."""

from __future__ import annotations

import hashlib
import ipaddress
import re
from collections.abc import Sequence
from typing import Any, Final, Protocol

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from trustpath.base.errors import InputError, NameSyntaxError
from trustpath.base.names import identifier
from trustpath.connectors.deployers.content import Content
from trustpath.facts.deploying import KeyPolicy

_CURVES: Final[dict[str, type[ec.EllipticCurve]]] = {
    "ec-256": ec.SECP256R1,
    "ec-384": ec.SECP384R1,
}
_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z ]*PRIVATE KEY)-----.*?-----END \1-----", re.DOTALL)
_RSA: Final = {"rsa-2048": 2048, "rsa-3072": 3072, "rsa-4096": 4096}


class Key(Protocol):
    """The key of an order: made here, or elsewhere by whoever handed a request in."""

    @property
    def spki(self) -> str:
        """The SHA-256 of its SubjectPublicKeyInfo in hex."""
        ...

    def pem(self) -> Content:
        """Return what is kept of it in PEM: the key, or the request."""
        ...

    def request(self, names: Sequence[str]) -> bytes:
        """Return a CSR (PKCS #10, DER) for the names; raises InputError."""
        ...


class Keys(Protocol):
    """Where the keys of orders come from."""

    def make(self, policy: KeyPolicy, in_use: PrivateKey | None) -> Key:
        """Return a key for a new order: the one in use, where that may be kept, or another."""
        ...

    def read(self, content: Content) -> Key | None:
        """Return the key of which this was kept, None where it cannot be read."""
        ...


def spki_of(holder: Any) -> str:
    """Return the SHA-256, in hex, of the SubjectPublicKeyInfo of a private key or a request."""
    public = holder.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(public).hexdigest()


class PrivateKey:
    """A private key. Its text form is the hash of its public half."""

    __slots__ = ("_key", "spki")

    def __init__(self, key: Any) -> None:
        self._key = key
        self.spki = spki_of(key)

    def __repr__(self) -> str:
        return f"<private key of {self.spki}>"

    @property
    def type(self) -> str:
        """Return its type as policies name it, empty for any other."""
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            found = (n for n, curve in _CURVES.items() if isinstance(self._key.curve, curve))
            return next(found, "")
        if isinstance(self._key, rsa.RSAPrivateKey):
            return next((n for n, bits in _RSA.items() if bits == self._key.key_size), "")
        return ""

    def pem(self) -> Content:
        """Return it as PKCS #8 in PEM, not encrypted."""
        return Content(self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    def request(self, names: Sequence[str]) -> bytes:
        """Return a CSR (PKCS #10, DER) for the names as subjectAltName, with an empty subject.

        Raises InputError for no names at all, or a name that is no A-label.
        """
        if not names:
            raise InputError("a request without names", hint="names of the job")
        try:
            listed = x509.SubjectAlternativeName([_general(name) for name in names])
        except ValueError as error:
            raise InputError(f"a name cannot be asked for: {error}") from error
        builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
        request = builder.add_extension(listed, critical=False).sign(self._key, hashes.SHA256())
        return request.public_bytes(Encoding.DER)


def names_asked(listed: x509.SubjectAlternativeName) -> list[str]:
    """Return what a request asks for; what is neither DNS name nor address shows its kind.

    A URI that spells ``www.example.com`` is not the name ``www.example.com``.
    """
    return [_text(entry) for entry in listed]


def _text(entry: x509.GeneralName) -> str:
    if isinstance(entry, x509.IPAddress):
        return str(entry.value)
    if isinstance(entry, x509.DNSName):
        try:
            return identifier(entry.value)
        except NameSyntaxError:
            pass
    return f"{type(entry).__name__}:{entry.value}"


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def make_key(kind: str) -> PrivateKey:
    """Make a key of a type of ``KeyPolicy``; raises InputError for any other type."""
    if kind in _CURVES:
        return PrivateKey(ec.generate_private_key(_CURVES[kind]()))
    if kind in _RSA:
        return PrivateKey(rsa.generate_private_key(65537, _RSA[kind]))
    raise InputError(f"no key of type {kind!r} can be made", hint=", ".join((*_CURVES, *_RSA)))


def read_key(content: Content) -> PrivateKey | None:
    """Return the first private key in PEM text, None where none can be read (encrypted, say)."""
    found = _BLOCK.search(content.octets)
    try:
        return PrivateKey(load_pem_private_key(found[0], None)) if found else None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Nothing of the cause is passed on: it could quote the file.
        return None


class OwnKeys:
    """Keys that are made here."""

    def make(self, policy: KeyPolicy, in_use: PrivateKey | None) -> PrivateKey:
        """Return the key in use where it is of the policy's type, else a new one."""
        return in_use if in_use and in_use.type == policy.type else make_key(policy.type)

    def read(self, content: Content) -> PrivateKey | None:
        """Return the key in PEM text, None where it cannot be read."""
        return read_key(content)
