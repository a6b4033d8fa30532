"""Certificates, their names, their timestamps and where copies of them lie."""

from __future__ import annotations

from typing import NamedTuple


class Certificate(NamedTuple):
    """One X.509 certificate (RFC 5280), identified by the SHA-256 of its DER.

    ``lifetime`` is not_after - not_before + 1. ``key_type`` is ``rsa``, ``ec``, ``ed25519``,
    ``ed448``, ``dsa`` or ``other``; ``curve`` the name of an EC curve. ``signature_hash`` is
    ``md5``, ``sha1``, ``sha256``... or None where the algorithm has none. ``eku`` says whether the
    extension is present; ``other_eku`` whether it asserts more than server and client.
    ``weak_key`` is the outcome of the known-weak tests (None: not tested). ``serial`` is hex
    without leading zeros.
    """

    fingerprint: str
    serial: str
    issuer: str
    issuer_organisation: str
    subject: str
    not_before: int
    not_after: int
    lifetime: int
    spki: str
    key_type: str
    key_bits: int
    curve: str | None
    signature_hash: str | None
    is_ca: bool
    self_issued: bool
    eku: bool
    server_auth: bool
    client_auth: bool
    other_eku: bool
    names: int
    authority_key: str | None
    subject_key: str | None
    crl_url: str | None
    ocsp_url: str | None
    must_staple: bool
    timestamps: int
    name_constrained: bool
    weak_key: bool | None


class CertificateName(NamedTuple):
    """One subjectAltName entry; ``kind`` is ``dns``, ``ip``, ``uri``, ``email`` or ``srv``.

    ``usable`` is False for a form that RFC 9525 says to ignore (``f*.x``, ``*.*.x``).
    ``parent`` is the parent of ``base``; ``registered`` the registered domain of a DNS name.
    """

    certificate: str
    kind: str
    name: str
    base: str
    wildcard: bool
    parent: str
    rname: str
    registered: str
    usable: bool


class CertificateTimestamp(NamedTuple):
    """One embedded SCT (RFC 6962 3.3): log id in hex, time in seconds.

    ``valid`` is the outcome of the signature check, None where it was not possible.
    """

    certificate: str
    log_id: str
    timestamp: int
    valid: bool | None


class CertificatePath(NamedTuple):
    """The best path that could be built for a certificate from what was at hand.

    ``issuer_certificate`` is the fingerprint of the issuer where it is known. ``publicly_trusted``
    and ``privately_trusted`` say whether a path to a root of that set is one that relying parties
    accept: signatures, dates of the issuers, path lengths, name constraints, extended key usage,
    critical extensions; None means that it cannot be told, as no issuer was found or something is
    not evaluated. ``path_not_after`` is the earliest end among the issuing certificates below the
    root. ``constraints_met`` covers the name constraints (RFC 5280 4.2.1.10) of every certificate
    above. ``weak_issuer_signature`` is True when a non-root certificate above the leaf is signed
    with MD5 or SHA-1. ``publicly_issued`` says whether signatures lead to a public root, be it
    accepted or not: what a public CA issued stays under its rules. ``fault`` says what the path is
    refused for, other than name constraints.
    """

    certificate: str
    issuer_certificate: str | None
    root: str | None
    publicly_trusted: bool | None
    privately_trusted: bool | None
    path_not_after: int | None
    constraints_met: bool | None
    weak_issuer_signature: bool | None
    publicly_issued: bool | None
    fault: str | None


class CertificatePlace(NamedTuple):
    """Where a copy is stored: a file, a keystore entry. Never the key itself.

    ``key_present`` says whether a private key lies beside it, None where that was not looked at.
    """

    certificate: str
    kind: str
    place: str
    key_present: bool | None
