"""Signing C2SP notes with Ed25519 (signed-note v1); opening them is in ``verify``."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from hmac import compare_digest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trustpath.base.errors import InputError
from trustpath.ledger.verify import ED25519, Key, key_id, valid_key_name

_PREFIX = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with the name that its signatures carry; it never shows itself."""

    key: Key
    private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"Signer({vkey(self.key)!r})"


def signer(name: str, seed: bytes) -> Signer:
    """Return the signer of that name from the 32 octets of an Ed25519 private key (RFC 8032).

    Raises InputError for a name that signed-note does not allow.
    """
    if not valid_key_name(name):
        raise InputError(f"{name!r} is no key name", hint="no space and no plus: example.com/log")
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer(Key(name, key_id(name, public), public), private)


def vkey(key: Key) -> str:
    """Return the text that verifiers are given: ``name+hex(id)+base64(type || key)``."""
    encoded = base64.b64encode(bytes([ED25519]) + key.public).decode()
    return f"{key.name}+{key.id.hex()}+{encoded}"


def write_secret(name: str, seed: bytes) -> str:
    """Return the private key as one line of text, as other tools for signed notes write it."""
    made = signer(name, seed)
    encoded = base64.b64encode(bytes([ED25519]) + seed).decode()
    return f"{_PREFIX}{name}+{made.key.id.hex()}+{encoded}"


def read_secret(text: str, where: str) -> Signer:
    """Return the signer that ``write_secret`` wrote; raises InputError that shows nothing of it."""
    name, _, rest = text.strip().removeprefix(_PREFIX).partition("+")
    hexadecimal, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except ValueError:
        raw = b""
    if not text.strip().startswith(_PREFIX) or len(raw) != 33 or raw[0] != ED25519:
        raise InputError(
            "no private key for notes",
            where=where,
            hint="make one with trustpath ledger checkpoint --new-key FILE",
        )
    made = signer(name, raw[1:])
    if not compare_digest(made.key.id.hex(), hexadecimal):
        raise InputError("the id of the private key is not its own", where=where)
    return made


def sign(text: str, signers: Sequence[Signer]) -> str:
    """Return the text as a note that all of them signed; raises InputError if it can be none."""
    if not text.endswith("\n") or any(sign < " " and sign != "\n" for sign in text):
        raise InputError("the text of a note ends in a newline and has no control characters")
    lines = (
        f"\u2014 {item.key.name} "
        f"{base64.b64encode(item.key.id + item.private.sign(text.encode())).decode()}\n"
        for item in signers
    )
    return f"{text}\n{''.join(lines)}"
