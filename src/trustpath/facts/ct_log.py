"""A CT log as a log list describes it, its key, and what the key signs (RFC 6962 3.2 to 3.5)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from trustpath.base.errors import InputError

LogKey: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

_SHA256 = 4
_SIGNED_BY: Final[Mapping[int, type]] = {1: rsa.RSAPublicKey, 3: ec.EllipticCurvePublicKey}
_CLOSED: Final = frozenset(("readonly", "retired", "rejected"))


@dataclass(frozen=True, slots=True)
class ListedLog:
    """One log of a list. ``log_id`` in hex; ``since`` is when it came into its state.

    ``url`` is where it is read, ``submission`` where certificates are handed in, both empty where
    the list does not say; ``tiled`` says that it is read as tiles. ``mmd`` is the maximum merge
    delay in seconds. Certificates that end in ``starts`` to ``ends`` (exclusive) are accepted.
    """

    log_id: str
    operator: str
    state: str
    since: int | None = None
    key: LogKey | None = None
    url: str = ""
    submission: str = ""
    tiled: bool = False
    mmd: int | None = None
    starts: int | None = None
    ends: int | None = None

    def closed(self, now: int) -> str:
        """Return why no new entry can appear any more, empty where one can."""
        if self.state in _CLOSED:
            return f"the log is {self.state}"
        if self.ends is not None and self.ends <= now:
            return "the certificates that the log accepts have all expired"
        return ""


def read_key(text: str) -> LogKey:
    """Return a log's public key from PEM, or from base64 of its DER; raises InputError."""
    try:
        if "-----BEGIN" in text:
            key = load_pem_public_key(text.encode())
        else:
            key = load_der_public_key(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, TypeError, UnsupportedAlgorithm, binascii.Error) as error:
        raise InputError(
            "key is no public key", hint="PEM, base64 of DER, or file:PATH of either"
        ) from error
    if isinstance(key, (ec.EllipticCurvePublicKey, rsa.RSAPublicKey)):
        return key
    raise InputError("key is neither an EC nor an RSA key")


def id_of(key: LogKey) -> bytes:
    """Return the LogID (3.2): the SHA-256 of the key as SubjectPublicKeyInfo."""
    return hashlib.sha256(
        key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).digest()


def check_signature(key: LogKey, encoded: bytes, signed: bytes, what: str) -> None:
    """Check a digitally-signed structure (RFC 5246 4.7): two octets of algorithms, length, value.

    Logs sign with SHA-256 only (RFC 6962 2.1.4). Raises InputError that names ``what``.
    """
    if len(encoded) < 4 or encoded[0] != _SHA256:
        raise InputError(f"{what} is not signed with SHA-256")
    if int.from_bytes(encoded[2:4], "big") != len(encoded) - 4:
        raise InputError(f"the signature of {what} is cut or too long")
    if not isinstance(key, _SIGNED_BY.get(encoded[1], ())):
        raise InputError(f"{what} is signed with another kind of key than the given one")
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(encoded[4:], signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            key.verify(encoded[4:], signed, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError, UnsupportedAlgorithm) as error:
        raise InputError(f"the signature of {what} is not valid") from error
