"""What a SubjectPublicKeyInfo (RFC 5280 4.1.2.7) says about its key."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from trustpath.facts.weakkeys import weak_rsa
from trustpath.facts.x509.der import OddDerError, element, unsigned


class KeyFacts(NamedTuple):
    """Type, size and known weakness of a public key; columns as in ``Certificate``."""

    spki: str
    key_type: str
    key_bits: int
    curve: str | None
    weak_key: bool | None


_RSA = bytes.fromhex("06092a864886f70d010101")
_RSA_PSS = bytes.fromhex("06092a864886f70d01010a")
_DSA = bytes.fromhex("06072a8648ce380401")
_EC = bytes.fromhex("06072a8648ce3d0201")
_EDWARDS = {
    bytes.fromhex("06032b6570"): ("ed25519", 256),
    bytes.fromhex("06032b6571"): ("ed448", 456),
}
_CURVES = {
    bytes.fromhex("06082a8648ce3d030107"): ("P-256", 256),
    bytes.fromhex("06052b81040022"): ("P-384", 384),
    bytes.fromhex("06052b81040023"): ("P-521", 521),
    bytes.fromhex("06052b81040021"): ("P-224", 224),
    bytes.fromhex("06082a8648ce3d030101"): ("P-192", 192),
    bytes.fromhex("06052b8104000a"): ("secp256k1", 256),
    bytes.fromhex("06092b2403030208010107"): ("brainpoolP256r1", 256),
    bytes.fromhex("06092b240303020801010b"): ("brainpoolP384r1", 384),
    bytes.fromhex("06092b240303020801010d"): ("brainpoolP512r1", 512),
}


def key_facts(spki: bytes) -> KeyFacts:
    """Return what a DER SubjectPublicKeyInfo says; a key nobody can read is of type ``other``."""
    hashed = hashlib.sha256(spki).hexdigest()
    # The two curves that nearly every EC certificate uses have one fixed header each.
    fixed = _FIXED.get((spki[:27], len(spki)))
    if fixed is not None:
        return KeyFacts(hashed, "ec", fixed[1], fixed[0], False)
    try:
        return _parsed(spki, hashed)
    except (OddDerError, IndexError):
        return KeyFacts(hashed, "other", 0, None, None)


def is_usual(spki: bytes) -> bool:
    """Say whether it is a key of one of the two usual curves in its usual encoding."""
    return (spki[:27], len(spki)) in _FIXED


def algorithm_of(spki: bytes) -> bytes:
    """Return the AlgorithmIdentifier of a SubjectPublicKeyInfo; raises OddDerError.

    That and a key of whole octets must be all there is in it.
    """
    start, end = element(spki, 0, 0x30, len(spki))
    after = element(spki, start, 0x30, end)[1]
    bits, bits_end = element(spki, after, 0x03, end)
    if end != len(spki) or bits_end != end or bits == bits_end or spki[bits] != 0:
        raise OddDerError
    return spki[start:after]


def _parsed(spki: bytes, hashed: str) -> KeyFacts:
    start, end = element(spki, 0, 0x30, len(spki))
    algorithm, after = element(spki, start, 0x30, end)
    _, oid_end = element(spki, algorithm, 0x06, after)
    oid, parameters = spki[algorithm:oid_end], spki[oid_end:after]
    bits, bits_end = element(spki, after, 0x03, end)
    if oid in (_RSA, _RSA_PSS):
        return _rsa(spki, hashed, bits + 1, bits_end)
    if oid == _EC:
        curve, size = _CURVES.get(parameters, (None, 0))
        return KeyFacts(hashed, "ec", size, curve, False if curve else None)
    if oid in _EDWARDS:
        kind, size = _EDWARDS[oid]
        return KeyFacts(hashed, kind, size, None, False)
    if oid == _DSA and parameters:
        inner, inner_end = element(parameters, 0, 0x30, len(parameters))
        prime = unsigned(parameters, *element(parameters, inner, 0x02, inner_end))
        return KeyFacts(hashed, "dsa", prime.bit_length(), None, None)
    return KeyFacts(hashed, "other", 0, None, None)


def _rsa(spki: bytes, hashed: str, start: int, end: int) -> KeyFacts:
    inner, inner_end = element(spki, start, 0x30, end)
    first, first_end = element(spki, inner, 0x02, inner_end)
    second, second_end = element(spki, first_end, 0x02, inner_end)
    modulus = unsigned(spki, first, first_end)
    exponent = unsigned(spki, second, second_end)
    return KeyFacts(hashed, "rsa", modulus.bit_length(), None, weak_rsa(modulus, exponent))


def _headers() -> dict[tuple[bytes, int], tuple[str, int]]:
    found: dict[tuple[bytes, int], tuple[str, int]] = {}
    for curve, size in (("P-256", 256), ("P-384", 384)):
        oid = next(key for key, value in _CURVES.items() if value[0] == curve)
        point = 1 + 2 * (size // 8)
        algorithm = _EC + oid
        body = bytes((0x30, len(algorithm))) + algorithm + bytes((0x03, point + 1, 0x00, 0x04))
        header = bytes((0x30, len(body) + point - 1)) + body
        found[header, len(header) + point - 1] = (curve, size)
    return found


_FIXED = {(key[0][:27], key[1]): value for key, value in _headers().items()}
