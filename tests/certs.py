"""Certificates of every kind for tests: roots, intermediates, leaves, made on the spot.

::

    from certs import issue, leaf, root, intermediate
    ca = root("Example Root")
    mid = intermediate(ca, "Example CA 1")
    shop = leaf(mid, "shop.example.com", "*.shop.example.com")
    shop.der, shop.pem, shop.key_pem, pem_bundle(shop, mid)

Everything is valid around ``NOW`` unless told otherwise; times are whole seconds (UTC).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = 1_795_478_400  # 2026-11-24T00:00:00Z
DAY = 86_400
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: Any

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """PKCS#8, not encrypted."""
        return bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    @property
    def fingerprint(self) -> str:
        return self.certificate.fingerprint(hashes.SHA256()).hex()


def pem_bundle(*issued: Issued) -> bytes:
    """Return the certificates one after the other in PEM, as a served chain is stored."""
    return b"".join(one.pem for one in issued)


@cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    """Return an RSA key; the same one for equal arguments, as making them is slow."""
    return rsa.generate_private_key(65537, bits)


def new_key(kind: str = "p256") -> Any:
    """Return a private key: ``p256``, ``p384``, ``p521``, ``ed25519``, ``ed448``, ``rsa``, ``rsa4096``."""
    curves: dict[str, ec.EllipticCurve] = {
        "p256": ec.SECP256R1(),
        "p384": ec.SECP384R1(),
        "p521": ec.SECP521R1(),
    }
    if kind in curves:
        return ec.generate_private_key(curves[kind])
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    if kind == "ed448":
        return ed448.Ed448PrivateKey.generate()
    return rsa_key(int(kind[3:] or 2048))


def moment(instant: int) -> datetime:
    return datetime.fromtimestamp(instant, UTC)


def general_name(text: str) -> x509.GeneralName:
    """Guess the kind of a name: address, URI, email, else DNS."""
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        pass
    if "://" in text:
        return x509.UniformResourceIdentifier(text)
    return x509.RFC822Name(text) if "@" in text else x509.DNSName(text)


def distinguished(common: str | None, organisation: str | None) -> x509.Name:
    pairs = ((NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, common))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in pairs if value])


def issue(
    issuer: Issued | None,
    common: str | None,
    *,
    organisation: str | None = "Example Trust",
    names: Sequence[str | x509.GeneralName] = (),
    key: Any = None,
    ca: bool = False,
    not_before: int = NOW - 30 * DAY,
    not_after: int = NOW + 60 * DAY,
    serial: int | None = None,
    path_length: int | None = None,
    usages: Sequence[x509.ObjectIdentifier] | None = None,
    permitted: Sequence[x509.GeneralName] | None = None,
    excluded: Sequence[x509.GeneralName] | None = None,
    crl: str | None = None,
    ocsp: str | None = None,
    key_identifiers: bool = True,
    basic_constraints: bool = True,
    digital_signature: bool | None = None,
    digest: Any = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> Issued:
    """Issue any certificate; ``issuer`` None makes it self-signed.

    Keys of issuer and subject may be of any kind. ``extra`` adds extensions (value, critical).
    """
    key = key or new_key()
    signer = issuer.key if issuer else key
    public = key.public_key()
    subject = distinguished(common, organisation)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(public)
        .serial_number(serial if serial is not None else x509.random_serial_number())
        .not_valid_before(moment(not_before))
        .not_valid_after(moment(not_after))
    )
    for value, critical in (
        *_role(ca, path_length, usages, basic_constraints, digital_signature),
        *_pointers(names, bool(common or organisation), crl, ocsp),
        *extra,
    ):
        builder = builder.add_extension(value, critical)
    if permitted is not None or excluded is not None:
        builder = builder.add_extension(x509.NameConstraints(permitted, excluded), True)
    if key_identifiers:
        identifier = x509.SubjectKeyIdentifier.from_public_key(public)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(identifier, False).add_extension(authority, False)
    if isinstance(signer, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey):
        return Issued(builder.sign(signer, None), key)
    return Issued(builder.sign(signer, digest or hashes.SHA256()), key)


def _role(
    ca: bool,
    path_length: int | None,
    usages: Sequence[x509.ObjectIdentifier] | None,
    basic_constraints: bool,
    digital_signature: bool | None,
) -> list[tuple[x509.ExtensionType, bool]]:
    bits = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    signs = not ca if digital_signature is None else digital_signature
    found: list[tuple[x509.ExtensionType, bool]] = [
        (x509.KeyUsage(digital_signature=signs, key_cert_sign=ca, crl_sign=ca, **bits), True)
    ]
    if basic_constraints:
        found.append((x509.BasicConstraints(ca, path_length if ca else None), True))
    if usages is None and not ca:
        usages = (SERVER,)
    if usages:
        found.append((x509.ExtendedKeyUsage(usages), False))
    return found


def _pointers(
    names: Sequence[str | x509.GeneralName], has_subject: bool, crl: str | None, ocsp: str | None
) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = []
    if names:
        general = [general_name(n) if isinstance(n, str) else n for n in names]
        found.append((x509.SubjectAlternativeName(general), not has_subject))
    if crl:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(crl)], None, None, None)
        found.append((x509.CRLDistributionPoints([point]), False))
    if ocsp:
        access = x509.AccessDescription(
            x509.oid.AuthorityInformationAccessOID.OCSP, x509.UniformResourceIdentifier(ocsp)
        )
        found.append((x509.AuthorityInformationAccess([access]), False))
    return found


def root(name: str = "Example Root", **options: Any) -> Issued:
    """Return a self-signed CA, valid for ten years around NOW."""
    options = {"not_before": NOW - 1800 * DAY, "not_after": NOW + 1800 * DAY, **options}
    return issue(None, name, ca=True, **options)


def intermediate(issuer: Issued, name: str = "Example CA 1", **options: Any) -> Issued:
    """Return a CA certificate below ``issuer``, valid for about three years around NOW."""
    options = {"not_before": NOW - 400 * DAY, "not_after": NOW + 700 * DAY, **options}
    return issue(issuer, name, ca=True, **options)


def leaf(issuer: Issued | None, *names: str | x509.GeneralName, **options: Any) -> Issued:
    """Return an end-entity certificate for these names; ``issuer`` None makes it self-signed."""
    options = {"organisation": None, **options}
    first = next((n for n in names if isinstance(n, str)), "leaf")
    common = options.pop("common", first[:64])
    return issue(issuer, common, names=names, **options)


def revocation_list(
    issuer: Issued,
    *revoked: Issued,
    this_update: int = NOW - DAY,
    next_update: int = NOW + 6 * DAY,
    reason: x509.ReasonFlags | None = None,
    extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
    entry_extra: Sequence[tuple[x509.ExtensionType, bool]] = (),
) -> x509.CertificateRevocationList:
    """Return a CRL of ``issuer`` that names the given certificates, all revoked at this_update.

    ``extra`` and ``entry_extra`` add extensions (value, critical) to the list and to its entries.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(moment(this_update))
        .next_update(moment(next_update))
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), False
        )
    )
    for value, critical in extra:
        builder = builder.add_extension(value, critical)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder(one.certificate.serial_number, moment(this_update))
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), False)
        for value, critical in entry_extra:
            entry = entry.add_extension(value, critical)
        builder = builder.add_revoked_certificate(entry.build())
    plain = isinstance(issuer.key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    return builder.sign(issuer.key, None if plain else hashes.SHA256())


SCT_LOG = bytes(range(32))


def sct_list(*milliseconds: int, version: int = 0) -> tuple[x509.UnrecognizedExtension, bool]:
    """Return the extension of embedded SCTs (RFC 6962 3.3) with made-up signatures, for ``extra``."""
    scts = b""
    for time in milliseconds:
        head = bytes([version]) + SCT_LOG + time.to_bytes(8, "big")
        scts += b"\x00\x33" + head + b"\x00\x00" + b"\x04\x03" + b"\x00\x04sign"
    listed = len(scts).to_bytes(2, "big") + scts
    size = bytes([len(listed)]) if len(listed) < 128 else b"\x81" + bytes([len(listed)])
    oid = x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
    return x509.UnrecognizedExtension(oid, b"\x04" + size + listed), False
