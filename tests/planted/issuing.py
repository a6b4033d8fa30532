"""Certificates of planted problems: CAs, and leaves with timestamps of logs."""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp
from cryptography.x509.oid import NameOID

from certs import DAY, NOW, Issued, intermediate, issue, moment, new_key, root
from planted.problem import Cert

LOGS = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("oak", "elm", "ash")}
_TIMESTAMPS = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")


def spki(key: Any) -> bytes:
    """Return the public key of a private one, as DER."""
    found: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return found


def log_list() -> list[dict[str, str]]:
    """Return the logs as the estate file lists them; ash is rejected."""
    return [
        {
            "log_id": hashlib.sha256(spki(key)).hexdigest(),
            "operator": f"operator of {name}",
            "state": "rejected" if name == "ash" else "usable",
            "key": base64.b64encode(spki(key)).decode(),
        }
        for name, key in LOGS.items()
    ]


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate, as placeholders name it."""

    issued: Issued
    above: tuple[Issued, ...]

    def __str__(self) -> str:
        return self.issued.fingerprint

    @property
    def spki(self) -> str:
        return hashlib.sha256(spki(self.issued.key)).hexdigest()

    @property
    def serial(self) -> str:
        return f"{self.issued.certificate.serial_number:x}"

    @property
    def organisation(self) -> str:
        subject = self.issued.certificate.subject
        return str(subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value)

    @property
    def issuer(self) -> str:
        return self.issued.certificate.issuer.rfc4514_string()


class Authorities:
    """The CAs that every side may use."""

    def __init__(self) -> None:
        self.root = root("Planted Root", organisation="Planted Trust")
        self.issuing = intermediate(self.root, "Planted CA", organisation="Planted Trust")
        self.inside_root = root("Inside Root", organisation="Planted Inside")
        self.made = {
            "root": Made(self.root, ()),
            "issuing": Made(self.issuing, (self.root,)),
            "inside": Made(self.inside_root, ()),
        }

    def make(self, wanted: Cert, names: Mapping[str, Made], keys: dict[str, Any]) -> Made:
        """Issue a certificate whose names have no placeholders any more."""
        above = None if wanted.by == "self" else {**self.made, **names}[wanted.by]
        options = {"organisation": None, **wanted.options}
        if above and options.get("ca"):
            options["organisation"] = above.organisation
        key = options.pop("key", None) or new_key(options.pop("kind", "p256"))
        if wanted.key:
            key = keys.setdefault(wanted.key, key)
        common = options.pop("common", wanted.names[0][:64] if wanted.names else "nameless")
        extra = list(options.pop("extra", ()))
        options = {"not_before": NOW - 30 * DAY, "not_after": NOW + 60 * DAY, **options}
        serial = x509.random_serial_number()

        def issued(more: list[tuple[x509.ExtensionType, bool]]) -> Issued:
            return issue(
                above.issued if above else None,
                common,
                names=wanted.names,
                key=key,
                serial=serial,
                extra=[*extra, *more],
                **options,
            )

        stamped = wanted.timestamps if above and not options.get("ca") else ()
        first = issued([])
        if stamped and above:
            entry = first.certificate.tbs_certificate_bytes
            began = int(options["not_before"]) * 1000
            hashed = hashlib.sha256(spki(above.issued.key)).digest()
            listed = b"".join(_timestamp(log, began, hashed, entry) for log in stamped)
            first = issued([(x509.UnrecognizedExtension(_TIMESTAMPS, _octets(listed)), False)])
        return Made(first, (above.issued, *above.above) if above else ())


def _timestamp(log: str, at: int, issuer: bytes, entry: bytes) -> bytes:
    """Return a timestamp for a precertificate (RFC 6962 3.2), with its length before it."""
    key = LOGS["oak" if log == "forged" else log]
    body = struct.pack(">BBQH", 0, 0, at, 1) + issuer + len(entry).to_bytes(3, "big") + entry
    signature = key.sign(body + b"\x00\x00", ec.ECDSA(hashes.SHA256()))
    said = at + 1 if log == "forged" else at
    sct = b"\x00" + hashlib.sha256(spki(key)).digest() + said.to_bytes(8, "big") + b"\x00\x00"
    sct += b"\x04\x03" + len(signature).to_bytes(2, "big") + signature
    return len(sct).to_bytes(2, "big") + sct


def _octets(listed: bytes) -> bytes:
    """Return a list of timestamps as the OCTET STRING of the extension."""
    body = len(listed).to_bytes(2, "big") + listed
    size = len(body)
    if size < 128:
        return b"\x04" + bytes([size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return b"\x04" + bytes([0x80 | len(length)]) + length + body


def ocsp_answer(made: Made, status: str) -> bytes:
    """Return what the CA of a certificate says of it (RFC 6960), as DER."""
    above = made.above[0]
    revoked = status == "REVOKED"
    answer = (
        ocsp.OCSPResponseBuilder()
        .add_response(
            made.issued.certificate,
            above.certificate,
            hashes.SHA256(),
            ocsp.OCSPCertStatus[status],
            moment(NOW - DAY),
            moment(NOW + DAY),
            moment(NOW - 2 * DAY) if revoked else None,
            x509.ReasonFlags.key_compromise if revoked else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, above.certificate)
        .sign(above.key, hashes.SHA256())
    )
    return answer.public_bytes(Encoding.DER)
