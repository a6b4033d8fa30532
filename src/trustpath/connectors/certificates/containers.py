"""From the octets of a file to certificates and revocation lists, whatever the container."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12

from trustpath.base.errors import LimitError
from trustpath.connectors.certificates.pem import Block, blocks
from trustpath.connectors.certificates.reading import Limits, Reading
from trustpath.facts.x509.der import OddDerError, element

_PKCS7_OID = bytes.fromhex("06092a864886f70d0107")
_PKCS12_VERSION = b"\x02\x01\x03"
# PKCS#8, PKCS#1 and SEC 1 keys by version and what follows it.
_KEYS = (b"\x02\x01\x00\x30", b"\x02\x01\x00\x02", b"\x02\x01\x01\x04", b"\x02\x01\x01\x30")
_ENCRYPTED_KEY = re.compile(
    rb"\x30.{1,2}\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01(?:\x05|\x0c)", re.DOTALL
)
_CERTIFICATE_LABELS = frozenset(("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"))
_DERIVATIONS = re.compile(
    rb"\x06(?:\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01.|\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c)(?=\x30)",
    re.DOTALL,
)
_FAULTS = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion)


def sniff(head: bytes) -> bool:
    """Say whether a file that starts so could hold certificates, lists or keys."""
    return b"-----BEGIN " in head or (head[:1] == b"\x30" and head[1:2] in b"\x80\x81\x82\x83\x84")


def read(data: bytes, label: str, passwords: Sequence[bytes], limits: Limits) -> Reading:
    """Read one file. ``label`` names it in messages; raises LimitError when it is too large."""
    if len(data) > limits.file_octets:
        raise too_large(label, len(data), limits)
    reading = Reading()
    if b"-----BEGIN " in data:
        for block in blocks(data, limits.block_octets):
            _take_block(reading, block, f"{label}:{block.line}")
            if len(reading.certificates) > limits.certificates:
                raise LimitError(
                    f"more than {limits.certificates} certificates in one file",
                    where=label,
                    hint="split it",
                )
    elif data[:1] == b"\x30":
        _take_der(reading, data, label, passwords, limits)
    return reading


def too_large(label: str, octets: int, limits: Limits) -> LimitError:
    """Return the error of a file that exceeds the bound."""
    return LimitError(
        f"file of {octets} octets; at most {limits.file_octets} are read",
        where=label,
        hint="split it into smaller files",
    )


def _take_block(reading: Reading, block: Block, where: str) -> None:
    if block.error is not None:
        hint = "the other blocks of the file are used"
        reading.problem(block.error, where, hint)
    elif block.label in _CERTIFICATE_LABELS:
        der = block.content
        if block.label == "TRUSTED CERTIFICATE":
            der = _first_element(der)
        reading.certificates.append((where, der))
    elif block.label == "X509 CRL":
        reading.revocation_lists.append((where, block.content))
    elif block.label in ("PKCS7", "CMS"):
        _take_pkcs7(reading, block.content, where)
    elif block.label.endswith("PRIVATE KEY"):
        reading.key = True
    else:
        reading.ignored = True


def _first_element(der: bytes) -> bytes:
    """Return the certificate before OpenSSL's own trust settings."""
    try:
        return der[: element(der, 0, 0x30, len(der))[1]]
    except (OddDerError, IndexError):
        return der


def _take_der(
    reading: Reading, data: bytes, label: str, passwords: Sequence[bytes], limits: Limits
) -> None:
    try:
        start, end = element(data, 0, 0x30, 1 << 62 if data[1:2] == b"\x80" else len(data))
    except (OddDerError, IndexError):
        message = "DER that is cut off or has bad lengths"
        reading.problem(message, label, "copy the file again; transfers in text mode break it")
        return
    inner = data[start : start + 16]
    if inner.startswith(_PKCS12_VERSION):
        reading.keystore = True
        _take_pkcs12(reading, data, label, passwords, limits)
    elif inner.startswith(_PKCS7_OID):
        _take_pkcs7(reading, data, label)
    elif inner.startswith(_KEYS) or _ENCRYPTED_KEY.match(inner):
        reading.key = True
    elif _is_revocation_list(data[:end]):
        reading.revocation_lists.append((label, data))
    else:
        reading.certificates.append((label, data))


def _is_revocation_list(der: bytes) -> bool:
    try:
        x509.load_der_x509_crl(der)
    except _FAULTS:
        return False
    return True


def _take_pkcs7(reading: Reading, data: bytes, where: str) -> None:
    try:
        found = pkcs7.load_der_pkcs7_certificates(data)
    except _FAULTS as error:
        reading.problem(f"PKCS#7 that cannot be read: {_reason(error)}", where)
        return
    reading.certificates.extend((where, one.public_bytes(Encoding.DER)) for one in found)


def _take_pkcs12(
    reading: Reading, data: bytes, where: str, passwords: Sequence[bytes], limits: Limits
) -> None:
    rounds = _kdf_rounds(data)
    if rounds > limits.kdf_rounds:
        reading.problem(f"PKCS#12 that asks for {rounds} rounds of key derivation", where)
        return
    failure: Exception | None = None
    for password in (*passwords, None, b""):
        try:
            found = pkcs12.load_pkcs12(data, password)
        except _FAULTS as error:
            failure = failure or error
            continue
        reading.key = reading.key or found.key is not None
        own = [found.cert] if found.cert else []
        for one in (*own, *found.additional_certs):
            reading.certificates.append((where, one.certificate.public_bytes(Encoding.DER)))
        return
    reading.problem(
        f"PKCS#12 that cannot be opened: {_reason(failure)}",
        where,
        "give the source its password, as env:VARIABLE or file:PATH",
    )


def _kdf_rounds(data: bytes) -> int:
    """Return the highest iteration count among the derivations that stand in the clear."""
    highest = _mac_rounds(data)
    for found in _DERIVATIONS.finditer(data):
        try:
            at, end = element(data, found.end(), 0x30, len(data))
            salt_end = element(data, at, 0x04, end)[1]
            start, stop = element(data, salt_end, 0x02, end)
        except (OddDerError, IndexError):
            continue
        highest = max(highest, int.from_bytes(data[start:stop], "big"))
    return highest


def _mac_rounds(data: bytes) -> int:
    try:
        at, end = element(data, 0, 0x30, len(data))
        at = element(data, at, 0x02, end)[1]
        at = element(data, at, 0x30, end)[1]
        at, end = element(data, at, 0x30, end)
        at = element(data, at, 0x30, end)[1]
        at = element(data, at, 0x04, end)[1]
        start, stop = element(data, at, 0x02, end)
    except (OddDerError, IndexError):
        return 1
    return int.from_bytes(data[start:stop], "big")


def _reason(error: BaseException | None) -> str:
    return (str(error).splitlines() or [""])[0][:200]
