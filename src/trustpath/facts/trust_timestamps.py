"""Signatures of embedded SCTs (RFC 6962 3.2 and 3.3), where the log's key and the issuer are known.

The log signed the precertificate: the TBSCertificate without the list of SCTs, and the hash of
the issuer's key. Both are made again from the certificate and its issuer.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.x509.certificate_transparency import (
    LogEntryType,
    SignatureAlgorithm,
    SignedCertificateTimestamp,
)

from trustpath.base.errors import InputError
from trustpath.facts.ct_log import ListedLog, LogKey, check_signature
from trustpath.facts.relations.certificate import CertificateTimestamp
from trustpath.facts.trust_authority import Authority, signed_by
from trustpath.facts.x509 import CertificateFacts

_HEAD = struct.Struct(">BBQH")
_PRECERT_ENTRY = 1
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - SCTs are told without a zone, in UTC
_KINDS = {SignatureAlgorithm.RSA: 1, SignatureAlgorithm.ECDSA: 3}
_UNREADABLE = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.InvalidVersion,
)


class TimestampChecker:
    """Checks SCTs with the keys of known logs."""

    def __init__(self, logs: Iterable[ListedLog]) -> None:
        self._keys = {log.log_id: log.key for log in logs if log.key is not None}

    def rows(
        self, facts: CertificateFacts, der: bytes, issuer: Authority | None
    ) -> tuple[CertificateTimestamp, ...]:
        """Return the timestamps of a certificate, ``valid`` told where it can be.

        A failure counts only where the issuer did sign the certificate: the key of another CA of
        that name would make any signature fail.
        """
        rows = facts.timestamps
        if issuer is None or not any(row.log_id in self._keys for row in rows):
            return rows
        try:
            certificate = x509.load_der_x509_certificate(der)
            outcomes = dict(self._outcomes(certificate, issuer))
        except _UNREADABLE:
            return rows
        if False in outcomes.values() and not signed_by(certificate, issuer):
            return rows
        return tuple(
            row._replace(valid=outcomes.get((row.log_id, row.timestamp), row.valid)) for row in rows
        )

    def _outcomes(
        self, certificate: x509.Certificate, issuer: Authority
    ) -> Iterator[tuple[tuple[str, int], bool]]:
        """Yield the outcome by log and second; where two are alike, a failure is the last."""
        listed = certificate.extensions.get_extension_for_class(
            x509.PrecertificateSignedCertificateTimestamps
        ).value
        tbs = certificate.tbs_precertificate_bytes
        entry = bytes.fromhex(issuer.facts.certificate.spki) + len(tbs).to_bytes(3, "big") + tbs
        found = []
        for sct in listed:
            key = self._keys.get(sct.log_id.hex())
            if key is not None:
                seconds = (sct.timestamp - _EPOCH) // timedelta(seconds=1)
                found.append(((sct.log_id.hex(), seconds), _verifies(sct, key, entry)))
        yield from sorted(found, key=lambda one: not one[1])


def _verifies(sct: SignedCertificateTimestamp, key: LogKey, entry: bytes) -> bool:
    kind = _KINDS.get(sct.signature_algorithm)
    if kind is None or sct.entry_type is not LogEntryType.PRE_CERTIFICATE:
        return False
    milliseconds = (sct.timestamp - _EPOCH) // timedelta(milliseconds=1)
    extensions = sct.extension_bytes
    signed = _HEAD.pack(0, 0, milliseconds, _PRECERT_ENTRY) + entry
    signed += len(extensions).to_bytes(2, "big") + extensions
    algorithm = 4 if sct.signature_hash_algorithm.name == "sha256" else 0
    signature = sct.signature
    encoded = bytes([algorithm, kind]) + len(signature).to_bytes(2, "big") + signature
    try:
        check_signature(key, encoded, signed, "the timestamp")
    except InputError:
        return False
    return True
