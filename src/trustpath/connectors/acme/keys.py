"""The private key of an account: a file that only its owner may read, and its successor beside.

A key that takes over (RFC 8555 7.3.5) is written beside the present one before the CA hears of
it and put in its place afterwards, so that whichever the CA knows after a crash is still here.
No key is ever part of a repr, an error or a log.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import josepy
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from trustpath.base.errors import EstateError
from trustpath.base.files import open_regular
from trustpath.facts.challenge_values import url64

_OCTETS: Final = 65536
_OTHERS: Final = 0o077
_CURVES: Final = {256: josepy.jwa.ES256, 384: josepy.jwa.ES384}


@dataclass(frozen=True, slots=True)
class AccountKey:
    """A private key as JWK with its signature algorithm; ``thumbprint`` is that of RFC 7638."""

    jwk: josepy.jwk.JWK = field(repr=False)
    algorithm: josepy.jwa.JWASignature = field(repr=False)
    thumbprint: str

    def public(self) -> Any:
        """Return the public key as a JSON object."""
        return self.jwk.public_key().to_partial_json()


def next_file(path: Path) -> Path:
    """Return where the successor of a key is until the CA agreed."""
    return path.with_name(path.name + ".next")


def load(path: Path) -> AccountKey | None:
    """Return the key of a file, None where there is no file; raises EstateError for a bad one."""
    try:
        mode, key = _read(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise EstateError(
            f"the account key cannot be read: {error.strerror}", where=str(path)
        ) from None
    except (ValueError, TypeError):
        # Not chained: what failed to parse may be a key.
        raise EstateError(
            "this is no private key that signs for an account",
            where=str(path),
            hint="PEM without a passphrase: EC P-256, P-384 or RSA of 2048 bits and more",
        ) from None
    if mode & _OTHERS:
        raise EstateError(
            "others than its owner may read the account key", where=str(path), hint="chmod 600"
        )
    return key


def make(path: Path) -> AccountKey:
    """Make an EC P-256 key in a new file of mode 0600; raises EstateError where one is."""
    key = ec.generate_private_key(ec.SECP256R1())
    # Linked into place when it is whole, so that a crash leaves no file that is half a key.
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(draft, key)
        os.link(draft, path)
        _settle(path.parent)
    except OSError as error:
        raise EstateError(
            f"the account key cannot be written: {error.strerror}", where=str(path)
        ) from None
    finally:
        with suppress(OSError):
            draft.unlink()
    return _wrapped(key)


def promote(path: Path) -> None:
    """Put the successor in the place of a key that the CA no longer knows."""
    try:
        next_file(path).replace(path)
        _settle(path.parent)
    except OSError as error:
        raise EstateError(
            f"the new account key cannot take its place: {error.strerror}",
            where=str(next_file(path)),
            hint="it is the one that the CA knows: move it yourself",
        ) from None


# What holds octets of a key stays out of the functions that raise errors: theirs are the frames
# that a traceback with local variables shows.


def _read(path: Path) -> tuple[int, AccountKey]:
    with open_regular(path) as file:
        mode = os.fstat(file.fileno()).st_mode
        return mode, _wrapped(load_pem_private_key(file.read(_OCTETS), None))


def _write(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.flush()
        os.fsync(descriptor)


def _settle(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _wrapped(key: Any) -> AccountKey:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.key_size in _CURVES:
        jwk: josepy.jwk.JWK = josepy.jwk.JWKEC(key=key)
        algorithm = _CURVES[key.key_size]
    elif isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        jwk, algorithm = josepy.jwk.JWKRSA(key=key), josepy.jwa.RS256
    else:
        raise ValueError("unsuitable")
    return AccountKey(jwk, algorithm, url64(jwk.thumbprint()))
